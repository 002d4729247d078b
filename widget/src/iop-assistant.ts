import { LitElement, type PropertyValues, html, nothing, unsafeCSS } from "lit";
import { type Button, Conversation, type Message, type Store } from "./conversation.ts";
import { leave, stayAway } from "./leave.ts";
import { paragraphs, parts, plain } from "./links.ts";
import { type Language, type Strings, strings } from "./strings.ts";
import styles from "./styles.css";

const ORIGIN = document.currentScript instanceof HTMLScriptElement ? new URL(document.currentScript.src).origin : location.origin;
const OPEN = "iop-assistant-open";
const PHONE = matchMedia("(max-width: 40em)");
const TOUCH = matchMedia("(pointer: coarse)");
const TWICE = 1000; // milliseconds within which the exit key counts as pressed twice
const LONG = 2000; // milliseconds without an answer after which a screen reader is told that one is being written
const AT_END = 40; // pixels from the end of the conversation that still count as its end

/** Where a clinic's page blocks storage, the chat lives as long as the page. */
function storage(): Store {
  try {
    return sessionStorage;
  } catch {
    const kept: Record<string, string> = {};
    return {
      getItem: (key) => kept[key] ?? null,
      setItem: (key, value) => void (kept[key] = value),
      removeItem: (key) => void delete kept[key],
    };
  }
}

const store = storage();

/** A chat with the clinic's automated assistant. Attributes, events, parts and colours: docs/website.md. */
class IopAssistant extends LitElement {
  static override styles = unsafeCSS(styles);

  static override properties = {
    open: { type: Boolean, reflect: true },
    server: {},
    clinic: {},
    phone: {},
    greeting: {},
    exit: {},
    exitKey: { attribute: "exit-key" },
    lang: {},
    crisis: { state: true },
    unread: { state: true },
    newer: { state: true },
    status: { state: true },
    sure: { state: true },
  };

  declare open: boolean;
  declare server: string;
  declare clinic: string;
  declare phone: string;
  declare greeting: string;
  declare exit: string;
  declare exitKey: string;
  private declare crisis: Node[];
  private declare unread: boolean;
  private declare newer: boolean;
  private declare status: string;
  private declare sure: boolean;

  #conversation!: Conversation;
  #listening!: AbortController;
  #shown = 0; // messages drawn so far
  #exitPressed = -Infinity;
  #waiting?: ReturnType<typeof setTimeout>;
  #atEnd = true;

  constructor() {
    super();
    this.open = store.getItem(OPEN) === "yes";
    this.server = ORIGIN;
    this.exit = "https://www.weather.gov/";
    this.exitKey = "Escape";
    this.unread = this.newer = this.sure = false;
    this.status = this.clinic = this.phone = this.greeting = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#conversation ??= new Conversation({
      base: `${this.server}/webhooks/website`,
      store,
      language: () => this.#language,
      changed: () => this.requestUpdate(),
    });
    this.#shown = this.#conversation.messages.length;
    this.#conversation.resume();
    const { signal } = (this.#listening = new AbortController());
    const listen = (target: EventTarget | null, events: string, listener: EventListener) => {
      for (const event of events.split(" ")) target?.addEventListener(event, listener, { signal, capture: true });
    };
    listen(document, "keydown", this.#onKey as EventListener);
    listen(document, "visibilitychange", this.#onReturn);
    listen(window, "focus pageshow online offline", this.#onReturn);
    listen(PHONE, "change", this.#onShape);
    listen(visualViewport, "resize scroll", this.#onViewport);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#listening.abort();
  }

  get #language(): Language {
    const lang = this.lang || this.parentElement?.closest<HTMLElement>("[lang]")?.lang || "";
    return lang.toLowerCase().startsWith("es") ? "es" : "en";
  }

  get #words(): Strings {
    return strings[this.#language];
  }

  #find<T extends HTMLElement>(selector: string): T {
    return this.renderRoot.querySelector<T>(selector)!;
  }

  get #panel(): HTMLDialogElement {
    return this.#find("dialog");
  }

  /** What scrolls: the conversation, or, where there is little height (zoomed in, a phone on its side), the whole panel. */
  get #scroller(): HTMLElement {
    const talk = this.#find(".talk");
    return getComputedStyle(talk).overflowY === "auto" ? talk : this.#panel;
  }

  // Drawing

  override render() {
    const words = this.#words;
    const conversation = this.#conversation;
    return html`<slot @slotchange=${this.#onCrisisLine}></slot><div class="root" lang=${this.#language}>
      <button class="launcher" part="launcher" ?hidden=${this.open} @click=${() => (this.open = true)}>
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 5h16v11H9l-5 4z" /></svg>
        ${words.launch} ${this.unread ? html`<strong class="unread">${words.unread}</strong>` : nothing}
      </button>
      <dialog part="panel" aria-labelledby="title" tabindex="-1" @cancel=${this.#onCancel} @scroll=${this.#onScroll}>
        <div class="panel">
          ${this.#header()}
          <div class="body">
            <div class="talk" role="region" aria-label=${words.title} tabindex="0" @scroll=${this.#onScroll}>
              <div class="notice" part="notice">
                <p id="notice">${words.notice(this.clinic, conversation.retentionDays)}</p>
                <p>${words.leave}</p>
              </div>
              ${conversation.expired ? html`<p class="notice">${words.expired}</p>` : nothing}
              <p class="message assistant greeting" part="message assistant-message">${this.greeting || words.greeting}</p>
              <div role="log" aria-label=${words.conversation} aria-live="polite" aria-relevant="additions">
                ${conversation.messages.map((message) => this.#message(message))}
              </div>
              ${conversation.answering ? html`<p class="message assistant typing" aria-hidden="true"><i></i><i></i><i></i></p>` : nothing}
              ${this.#replies()}
            </div>
            ${this.newer ? html`<button class="newer" part="button" @click=${() => this.#toEnd()}>${words.newer} ↓</button>` : nothing}
          </div>
          ${this.#state()}
          ${this.#composer()}
        </div>
        <p class="hidden" role="status">${this.status}</p>
      </dialog>
    </div>`;
  }

  #header() {
    const words = this.#words;
    return html`<div class="head" part="header">
        <h2 id="title">${this.clinic || words.title}<small>${words.subtitle}</small></h2>
        <button class="exit" part="button exit" title=${words.leave} @click=${this.#onExit}>${words.exit}</button>
        <button class="close" part="button" aria-label=${words.close} @click=${() => (this.open = false)}>
          <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 6l12 12M18 6L6 18" /></svg>
        </button>
      </div>
      <section class="crisis" part="crisis" aria-label=${words.crisis} @click=${this.#onLink}>${this.crisis}</section>`;
  }

  /** A copy of what the page itself says, so that the same words and numbers stand in both places. */
  #onCrisisLine = (): void => {
    this.crisis = Array.from(this.children, (child) => child.cloneNode(true));
  };

  #message(message: Message) {
    const words = this.#words;
    const visitor = message.from === "visitor";
    const time = new Date(message.time);
    return html`<div class="message ${message.from}" part="message ${message.from}-message">
      <span class="hidden">${visitor ? words.you : words.assistant}: </span>
      <div lang=${message.lang ?? nothing} @click=${this.#onLink}>
        ${visitor ? html`<p>${message.text}</p>` : paragraphs(message.text).map((paragraph) => this.#paragraph(paragraph))}
      </div>
      <small>
        ${visitor ? this.#delivery(message) : nothing}
        <time datetime=${message.time}>${time.toLocaleString(this.#language, when(time))}</time>
      </small>
    </div>`;
  }

  #paragraph(text: string) {
    const pieces = parts(text);
    const alone = pieces.length === 1 ? "action" : "";
    return html`<p>${pieces.map((piece) => (piece.href ? this.#link(piece.text, piece.href, alone) : piece.text))}</p>`;
  }

  #link(text: string, href: string, style = "") {
    return href.startsWith("https:")
      ? html`<a class=${style} href=${href} target="_blank" rel="noopener noreferrer">${text}</a>`
      : html`<a class=${style} href=${href}>${text}</a>`;
  }

  #delivery(message: Message) {
    const words = this.#words;
    if (message.state === "sending") return words.sending;
    if (message.state !== "failed") return words.sent;
    return html`<strong>${words.failed} ${message.refused}</strong>
      ${message.refused
        ? html`<button class="link" @click=${() => this.#edit(message)}>${words.edit}</button>`
        : html`<button class="link" @click=${() => this.#conversation.retry(message)}>${words.retry}</button>`}`;
  }

  /** The quick replies of the answers to the last message; before the first message, ways to begin. */
  #replies() {
    const words = this.#words;
    const { messages } = this.#conversation;
    const answers = messages.slice(messages.findLastIndex((message) => message.from === "visitor") + 1);
    const offer = answers.findLast((answer) => answer.buttons?.length);
    const choices: { id?: string; text: string }[] = messages.length ? (offer?.buttons ?? []) : words.starters.map((text) => ({ text }));
    if (!choices.length) return nothing;
    return html`<div class="replies" role="group" aria-label=${words.choices} lang=${offer?.lang ?? nothing}>
      ${choices.map((choice) => html`<button part="button reply" @click=${() => this.#reply(choice)}>${choice.text}</button>`)}
    </div>`;
  }

  #state() {
    const words = this.#words;
    const { lost, notice } = this.#conversation;
    const away = !navigator.onLine ? words.offline : lost ? words.lost : "";
    const call = away && this.phone ? html` ${words.call} ${this.#link(this.phone, `tel:${this.phone.replace(/[^\d+]/g, "")}`)}` : "";
    return html`<div class="state" role="status">
      ${away ? html`<p>${away}${call}</p>` : nothing} ${notice ? html`<p>${notice}</p>` : nothing}
    </div>`;
  }

  #composer() {
    const words = this.#words;
    const conversation = this.#conversation;
    return html`<form part="composer" @submit=${this.#onSubmit}>
        <label class="hidden" for="draft">${words.message}</label>
        <textarea id="draft" part="input" rows="1" enterkeyhint="send" placeholder=${words.message}
          aria-describedby=${conversation.messages.length ? nothing : "notice"}
          .value=${conversation.draft} @input=${this.#onInput} @keydown=${this.#onDraftKey}></textarea>
        <button class="send" part="button send">${words.send}</button>
      </form>
      <div class="foot" ?hidden=${!conversation.messages.length && !conversation.draft}>
        <button class="link" @click=${this.#onCopy}>${words.copy}</button>
        <button class="link" @click=${this.#onClear} @blur=${() => (this.sure = false)}>${this.sure ? words.sure : words.clear}</button>
      </div>`;
  }

  // After drawing: the panel's mode, the focus, the scroll position

  protected override updated(changed: PropertyValues): void {
    if (changed.has("open")) this.#onShape();
    if (changed.get("open") !== undefined) this.#onToggle(); // not when the page loads
    this.#grow();
    const { messages } = this.#conversation;
    if (messages.length > this.#shown) this.#onArrival(messages.slice(this.#shown));
    this.#shown = messages.length;
  }

  /** A phone's panel covers the page and keeps the focus (a modal dialog); elsewhere the page stays in reach beside it. */
  #onShape = (): void => {
    const panel = this.#panel;
    if (panel.open) panel.close();
    if (this.open && PHONE.matches) panel.showModal();
    else if (this.open) panel.setAttribute("open", ""); // as show() does, without moving the focus when a page loads
    this.#onViewport();
    if (this.open) {
      void this.#conversation.catchUp();
      if (this.#shown) this.#toEnd();
    }
  };

  #onToggle(): void {
    this.unread = false;
    store.setItem(OPEN, this.open ? "yes" : "no");
    this.#tell(this.open ? "iop-open" : "iop-close");
    if (!this.open) this.#find(".launcher").focus();
    else if (TOUCH.matches || this.#scroller === this.#panel) this.#panel.focus(); // else a keyboard covers the notice, or it scrolls away
    else this.#find("textarea").focus();
  }

  /** Keeps a phone's panel within what its on-screen keyboard leaves. */
  #onViewport = (): void => {
    const view = visualViewport;
    if (!view || view.scale > 1.01) return; // zoomed in by two fingers: the panel stays as it is
    this.#panel.style.setProperty("--height", `${view.height}px`);
    this.#panel.style.setProperty("--top", `${view.offsetTop}px`);
  };

  #grow(): void {
    const draft = this.#find("textarea");
    draft.style.setProperty("height", "auto");
    draft.style.setProperty("height", `${draft.scrollHeight + 2}px`);
  }

  #onArrival(arrived: Message[]): void {
    const answers = arrived.filter((message) => message.from === "assistant");
    this.status = "";
    if (!this.open) this.unread = answers.length > 0;
    else if (this.#atEnd || answers.length < arrived.length) this.#toEnd(arrived.length);
    else this.newer = true;
  }

  /** To the end, but not past the beginning of the last `arrived` messages: a long answer is read from its top. */
  #toEnd(arrived = 0): void {
    const scroller = this.#scroller;
    const first = arrived ? this.renderRoot.querySelectorAll<HTMLElement>("[role=log] > .message")[this.#shown] : undefined;
    const end = scroller.scrollHeight - scroller.clientHeight;
    const top = first ? scroller.scrollTop + first.getBoundingClientRect().top - scroller.getBoundingClientRect().top - 12 : end;
    scroller.scrollTop = Math.min(top, end);
    this.#atEnd = true;
    this.newer = false;
  }

  #onScroll = (): void => {
    const scroller = this.#scroller;
    this.#atEnd = scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop < AT_END;
    if (this.#atEnd) this.newer = false;
  };

  // What the visitor does

  #tell(name: string, detail?: object): void {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }

  #send(text: string, button?: Button): void {
    this.#atEnd = true;
    this.#conversation.send(text, button);
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => (this.status = this.#conversation.answering ? this.#words.typing : ""), LONG);
  }

  #reply(choice: { id?: string; text: string }): void {
    this.#send(choice.text, choice.id ? { id: choice.id, text: choice.text } : undefined);
    this.#find(".talk").focus({ preventScroll: true }); // the button goes; what comes next stands here
  }

  #edit(message: Message): void {
    this.#conversation.withdraw(message);
    this.#find("textarea").focus();
  }

  #onSubmit = (event: Event): void => {
    event.preventDefault();
    const text = this.#conversation.draft.trim();
    if (text) {
      this.#conversation.write("");
      this.#send(text);
    }
    this.#find("textarea").focus();
  };

  #onInput = (event: Event): void => this.#conversation.write((event.target as HTMLTextAreaElement).value);

  #onDraftKey = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.#onSubmit(event);
  };

  #onKey = (event: KeyboardEvent): void => {
    if (event.repeat || event.isComposing) return;
    if (event.key === this.exitKey) {
      if (event.timeStamp - this.#exitPressed < TWICE) return this.#onExit();
      if (this.open) this.#exitPressed = event.timeStamp;
    } else {
      this.#exitPressed = -Infinity;
    }
    if (event.key === "Escape" && this.matches(":focus-within")) this.open = false;
  };

  /** A phone's Back closes the panel. */
  #onCancel = (event: Event): void => {
    event.preventDefault();
    this.open = false;
  };

  #onLink = (event: Event): void => {
    const link = (event.target as Element).closest("a");
    if (link) this.#tell("iop-handoff", { href: link.href });
  };

  #onCopy = async (): Promise<void> => {
    const lines = this.#conversation.messages.map(({ from, text }) => `${from === "visitor" ? this.#words.you : this.#words.assistant}: ${plain(text)}`);
    await navigator.clipboard.writeText(lines.join("\n\n"));
    this.status = this.#words.copied;
  };

  #onClear = (): void => {
    this.sure = !this.sure;
    if (this.sure) return;
    this.#conversation.clear();
    this.#find("textarea").focus();
    this.#tell("iop-clear");
    this.status = this.#words.cleared;
  };

  #onExit = (): void => {
    this.#tell("iop-exit");
    this.#conversation.clear();
    store.removeItem(OPEN);
    leave(this.exit, store);
  };

  #onReturn = (): void => {
    this.requestUpdate();
    if (!navigator.onLine || document.visibilityState === "hidden") return;
    this.#conversation.wake();
    if (this.#conversation.begun) void this.#conversation.catchUp();
  };
}

function when(time: Date): Intl.DateTimeFormatOptions {
  const today = time.toDateString() === new Date().toDateString();
  return { hour: "numeric", minute: "2-digit", ...(today ? {} : { weekday: "short", day: "numeric", month: "short" }) };
}

stayAway(store);
if (!customElements.get("iop-assistant")) customElements.define("iop-assistant", IopAssistant);
