/**
 * One visitor's conversation: what was said, and its way to the server and back. No DOM here.
 *
 * Every message keeps the id it was first sent with, and the server answers one id once, so trying again is always safe.
 * What the server knows carries `seq`, its place in the conversation; all sources (answer, history, another tab) merge by it.
 */
import { serverEvents } from "./sse.ts";

export interface Button {
  id: string;
  text: string;
}

export interface Message {
  from: "visitor" | "assistant";
  text: string;
  time: string;
  seq?: number;
  lang?: string;
  buttons?: Button[];
  /** The visitor's own id for a message. */
  id?: string;
  /** The opaque id of the quick reply that was pressed. */
  button?: string;
  state?: "sending" | "answering" | "sent" | "failed";
  /** Why the server refused it, in a sentence. Without one it was the connection. */
  refused?: string;
}

export type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

interface Options {
  /** Where the channel is: `https://.../webhooks/website`. */
  base: string;
  store: Store;
  language: () => string;
  changed: () => void;
  /** Waits before trying again, in milliseconds. */
  delays?: number[];
  /** A request is given up when nothing was heard for so long. */
  patience?: number;
}

interface Kept {
  token?: string;
  retentionDays?: number;
  cursor?: number;
  draft: string;
  messages: Message[];
}

/** What the server refuses, with its own sentence for the visitor. */
class Problem extends Error {
  readonly status: number;
  readonly wait: number;

  constructor(status: number, detail: string, wait: number) {
    super(detail);
    this.status = status;
    this.wait = wait;
  }
}

const KEY = "iop-assistant";

export class Conversation {
  messages: Message[] = [];
  draft = "";
  retentionDays?: number;
  /** The server cannot be reached. */
  lost = false;
  /** A sentence of the server's, such as that of a limit. */
  notice = "";
  /** The earlier conversation has ended, and a new one was begun. */
  expired = false;

  #options: Required<Options>;
  #token?: string;
  #cursor?: number; // everything up to this seq is known
  #starting?: Promise<string>;
  #catchingUp?: Promise<void>;
  #lastTaken: Promise<void> = Promise.resolve();
  #sleepers = new Set<() => void>();

  constructor(options: Options) {
    this.#options = { delays: [1000, 2000, 4000, 8000, 16000], patience: 30_000, ...options };
    const kept = this.#read();
    this.#token = kept.token;
    this.#cursor = kept.cursor;
    this.retentionDays = kept.retentionDays;
    this.draft = kept.draft;
    this.messages = kept.messages;
  }

  get begun(): boolean {
    return this.#token !== undefined;
  }

  get answering(): boolean {
    return this.messages.some((message) => message.state === "answering");
  }

  write(draft: string): void {
    this.draft = draft;
    this.#changed();
  }

  send(text: string, button?: Button): void {
    const message: Message = { from: "visitor", id: uuid(), text, button: button?.id, time: new Date().toISOString(), state: "sending" };
    this.expired = false;
    this.messages.push(message);
    this.#changed();
    this.#deliver(message);
  }

  retry(message: Message): void {
    message.state = "sending";
    message.refused = undefined;
    this.#changed();
    this.#deliver(message);
    this.wake();
  }

  /** Takes a refused message off the screen, so that it can be written anew. */
  withdraw(message: Message): void {
    this.messages = this.messages.filter((other) => other !== message);
    this.write(message.text);
  }

  /** The page has loaded: whatever was still on its way is sent again, under its own id. */
  resume(): void {
    if (this.begun) void this.catchUp();
    for (const message of this.messages) if (message.state === "sending" || message.state === "answering") this.#deliver(message);
  }

  /** Fetches what is new, or begins a conversation; where the server cannot be reached, goes on trying. */
  catchUp(): Promise<void> {
    this.#catchingUp ??= this.#catchUp().finally(() => (this.#catchingUp = undefined));
    return this.#catchingUp;
  }

  /** The network may be back: nobody waits any longer. */
  wake(): void {
    for (const awaken of this.#sleepers) awaken();
    this.#sleepers.clear();
  }

  /** Empties the screen and this browser's memory of it, and has the server forget the token. */
  clear(): void {
    const token = this.#token;
    this.#forget();
    this.messages = [];
    this.draft = this.notice = "";
    this.#options.store.removeItem(KEY);
    this.#options.changed();
    // keepalive: the request outlives the page when the visitor leaves it at once. Unreachable, the server lets the token expire.
    const init = { method: "DELETE", headers: { Authorization: `Bearer ${token}` }, keepalive: true };
    if (token) fetch(`${this.#options.base}/conversation`, init).catch(() => {});
  }

  /** Messages are first sent in their order; one that has to wait its turn to be tried again holds up none after it. */
  #deliver(message: Message): void {
    this.#lastTaken = this.#lastTaken.then(() => new Promise((taken) => void this.#attempts(message, taken)));
  }

  async #attempts(message: Message, taken: () => void): Promise<void> {
    const { delays } = this.#options;
    for (let failures = 0; this.messages.includes(message); ) {
      try {
        return await this.#exchange(message, taken);
      } catch (error) {
        taken();
        if (!this.messages.includes(message)) return; // cleared meanwhile
        if (error instanceof Problem && error.status === 429) {
          await this.#limited(error);
        } else if (error instanceof Problem && error.status < 500 && error.status !== 401) {
          message.state = "failed";
          message.refused = error.message;
          this.#changed();
          return;
        } else {
          const wait = this.#delay(error, failures);
          if (failures++ === delays.length) {
            message.state = "failed";
            this.#changed();
            return void this.catchUp(); // which notices when the server is back
          }
          await this.#pause(wait);
        }
      }
    }
  }

  /** Sends one message and takes in its answers. */
  async #exchange(message: Message, taken: () => void): Promise<void> {
    const token = await this.#begin();
    const { id, text, button } = message;
    const body = JSON.stringify({ id, ...(button ? { button } : { text }), language: this.#options.language() });
    await this.#request("POST", "/messages", token, body, async (response, alive) => {
      taken();
      message.state = "answering";
      this.#heard();
      await this.#receive(message, response, alive);
      message.state = "sent";
      this.#changed();
    });
  }

  async #receive(message: Message, response: Response, alive: () => void): Promise<void> {
    const take = (answers: Message[]) => {
      if (!this.messages.includes(message)) return; // cleared meanwhile
      for (const answer of answers) {
        // What the server could not store stands last; a visitor's message just before its first answer, until history tells its place.
        answer.seq ??= Math.max(0, ...this.messages.map((other) => other.seq ?? 0)) + 0.01;
        message.seq ??= answer.seq - 0.005;
        this.#merge([answer]);
      }
    };
    if (!response.headers.get("Content-Type")?.startsWith("text/event-stream")) return take((await response.json()).messages);
    for await (const { event, data } of serverEvents(response.body!, alive)) {
      if (event === "message") take([JSON.parse(data)]);
      if (event === "problem") throw problem(JSON.parse(data));
      if (event === "done") return;
    }
    throw new TypeError("The connection ended before the answer did.");
  }

  async #catchUp(): Promise<void> {
    for (let failures = 0; ; failures++) {
      try {
        const token = await this.#begin();
        if (this.messages.length) await this.#history(token);
        const back = this.lost;
        this.#heard();
        if (back) this.messages.filter((message) => message.state === "failed" && !message.refused).forEach((message) => this.retry(message));
        return;
      } catch (error) {
        if (error instanceof Problem && error.status === 429) {
          await this.#limited(error);
        } else if (error instanceof Problem && error.status < 500 && error.status !== 401) {
          this.notice = error.message;
          return this.#changed();
        } else {
          await this.#pause(this.#delay(error, failures));
        }
      }
    }
  }

  #history(token: string): Promise<void> {
    const after = this.#cursor === undefined ? "" : `?after=${this.#cursor}`;
    return this.#request("GET", `/messages${after}`, token, undefined, async (response) => {
      const { messages }: { messages: Message[] } = await response.json();
      if (token !== this.#token) return; // cleared meanwhile
      this.#merge(messages);
      this.#cursor = messages.at(-1)?.seq ?? this.#cursor;
    });
  }

  /** The token, of a conversation begun now if there is none. */
  async #begin(): Promise<string> {
    if (this.#token) return this.#token;
    this.#starting ??= this.#request("POST", "/conversations", undefined, undefined, async (response) => {
      const { token, retention_days } = await response.json();
      this.#token = token;
      this.retentionDays = retention_days;
      this.#changed();
      return token as string;
    }).finally(() => (this.#starting = undefined));
    return this.#starting;
  }

  async #request<T>(
    method: string, path: string, token: string | undefined, body: string | undefined,
    use: (response: Response, alive: () => void) => Promise<T>,
  ): Promise<T> {
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(), this.#options.patience);
    };
    alive();
    try {
      const headers: Record<string, string> = { Accept: method === "POST" && token ? "text/event-stream, application/json" : "application/json" };
      if (body) headers["Content-Type"] = "application/json";
      if (token) headers["Authorization"] = `Bearer ${token}`;
      const response = await fetch(this.#options.base + path, { method, headers, body, cache: "no-store", signal: controller.signal });
      if (response.status === 401 && token === this.#token) this.#expire();
      if (!response.ok) throw problem(await response.json().catch(() => ({})), response);
      return await use(response, alive);
    } finally {
      clearTimeout(timer!);
    }
  }

  #merge(incoming: Message[]): void {
    for (const message of incoming) {
      const known = this.messages.find((other) => other.seq === message.seq || (message.id && other.id === message.id));
      if (message.from === "visitor") message.state = known?.state === "answering" ? "answering" : "sent";
      if (known) Object.assign(known, message);
      else this.messages.push(message);
    }
    const place = (message: Message) => message.seq ?? Infinity; // what is not yet answered stands last
    this.messages.sort((one, other) => place(one) - place(other) || 0); // Infinity - Infinity is not a number
    this.#changed();
  }

  /** The token is no longer taken: what was said under it may be somebody else's by now and goes; what is unsent stays. */
  #expire(): void {
    this.#forget();
    this.expired = this.messages.length > 0;
    this.messages = this.messages.filter((message) => message.from === "visitor" && message.state !== "sent");
    for (const message of this.messages) message.button = undefined; // was offered in the old conversation; its words will do
    this.#changed();
  }

  #forget(): void {
    this.#token = this.#cursor = undefined;
    this.expired = false;
  }

  async #limited(problem: Problem): Promise<void> {
    this.notice = problem.message;
    this.#changed();
    await this.#pause(problem.wait);
    if (this.notice === problem.message) this.notice = "";
    this.#changed();
  }

  /** How long to wait after a failure. A proxy without its server (502 to 504) is no better than no connection. */
  #delay(error: unknown, failures: number): number {
    const { delays } = this.#options;
    if (error instanceof Problem && error.status === 401) return 0; // a new conversation begins at once
    if (!(error instanceof Problem) || error.status > 500) this.lost = true;
    this.#changed();
    return delays[Math.min(failures, delays.length - 1)]!;
  }

  #heard(): void {
    this.lost = false;
    this.#changed();
  }

  async #pause(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#sleepers.add(resolve);
      setTimeout(() => {
        this.#sleepers.delete(resolve);
        resolve();
      }, milliseconds);
    });
  }

  #changed(): void {
    const { messages, draft, retentionDays } = this;
    const kept: Kept = { token: this.#token, cursor: this.#cursor, retentionDays, draft, messages };
    this.#options.store.setItem(KEY, JSON.stringify(kept));
    this.#options.changed();
  }

  #read(): Kept {
    return { draft: "", messages: [], ...JSON.parse(this.#options.store.getItem(KEY) ?? "{}") };
  }
}

function problem(document: { detail?: string; title?: string; status?: number }, response?: Response): Problem {
  const wait = 1000 * (Number(response?.headers.get("Retry-After")) || 10);
  return new Problem(response?.status ?? document.status ?? 500, document.detail ?? document.title ?? "", wait);
}

/** A random UUID (version 4); `crypto.randomUUID` is there on https pages only. */
function uuid(): string {
  const random = (digit: number) => (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0]! & (15 >> (digit / 4)))).toString(16);
  return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) => random(Number(digit)));
}
