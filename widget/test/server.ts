/** A small server of the channel's contract, whose next answers a test can spoil. */
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Message } from "../src/conversation.ts";

type Spoil = (response: ServerResponse) => void;

export class Server {
  conversations = new Map<string, Message[]>();
  /** Every request as "POST /messages", with the client's id where it has one. */
  requests: { line: string; id?: string; token?: string }[] = [];
  /** What happens to the next messages instead of an answer. */
  spoils: Spoil[] = [];
  json = false;
  #http = createServer((request, response) => void this.#handle(request, response));
  #port = 0;

  get base(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#http.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#http.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  count(line: string): number {
    return this.requests.filter((request) => request.line === line).length;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path, query] = request.url!.split("?");
    const token = request.headers.authorization?.slice("Bearer ".length);
    const body = await read(request);
    const line = `${request.method} ${path}`;
    this.requests.push({ line, id: body.id, token });
    if (line === "POST /conversations") {
      const token = `token-${this.requests.length}`;
      this.conversations.set(token, []);
      return send(response, 201, { token, retention_days: 90 });
    }
    const messages = this.conversations.get(token ?? "");
    if (!messages) return refuse(401, "This chat has ended.")(response);
    if (line === "DELETE /conversation") {
      this.conversations.delete(token!);
      return send(response, 204);
    }
    if (line === "GET /messages") {
      const after = Number(new URLSearchParams(query).get("after") ?? -1);
      if (query && after < 0) return refuse(422, "after: must be a whole number, 0 or more.")(response);
      return send(response, 200, { messages: messages.filter((message) => message.seq! > after) });
    }
    const answers = this.#answers(messages, body);
    const spoil = this.spoils.shift();
    if (spoil) return spoil(response);
    if (this.json) return send(response, 200, { messages: answers });
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write("event: typing\ndata: {}\n\n");
    for (const answer of answers) response.write(event(answer));
    response.end('event: done\ndata: {"seq": 0}\n\n');
  }

  #answers(messages: Message[], { id, text, button }: { id: string; text?: string; button?: string }): Message[] {
    const time = new Date().toISOString();
    const place = messages.findIndex((message) => message.id === id);
    if (place >= 0) return messages.slice(place + 1, place + 3);
    const seq = messages.length;
    const said = text ?? `pressed ${button}`;
    messages.push({ seq, from: "visitor", id, text: said, time });
    messages.push({ seq: seq + 1, from: "assistant", text: `First answer to ${said}`, time });
    messages.push({ seq: seq + 2, from: "assistant", text: `Second answer to ${said}`, time, buttons: [{ id: "b1", text: "Yes" }] });
    return messages.slice(-2);
  }
}

export function refuse(status: number, detail: string, headers: Record<string, string> = {}): Spoil {
  return (response) => send(response, status, { status, detail }, headers);
}

/** The answer breaks off after its first part. */
export function breakOff(response: ServerResponse): void {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  const time = new Date().toISOString();
  response.write(event({ seq: 1, from: "assistant", text: "First answer to hello", time }), () => response.destroy());
}

function event(message: Message): string {
  return `event: message\nid: ${message.seq}\ndata: ${JSON.stringify(message)}\n\n`;
}

function send(response: ServerResponse, status: number, body?: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(body && JSON.stringify(body));
}

async function read(request: IncomingMessage): Promise<{ id: string; text?: string; button?: string }> {
  let body = "";
  for await (const chunk of request) body += chunk;
  return JSON.parse(body || "{}");
}
