import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Conversation, type Store } from "../src/conversation.ts";
import { Server, breakOff, refuse } from "./server.ts";

let server: Server;
let memory: Map<string, string>;

beforeEach(async () => {
  server = new Server();
  memory = new Map();
  await server.start();
});
afterEach(() => server.stop());

/** A page that loads: `kept` is its tab's storage. */
function page(kept = memory, delays = [10, 20, 40, 80]): Conversation {
  const store: Store = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
  return new Conversation({ base: server.base, store, language: () => "en", changed: () => {}, delays });
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 3000; !condition(); ) {
    assert.ok(Date.now() < end, "it did not happen within three seconds");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const texts = (chat: Conversation) => chat.messages.map((message) => message.text);
const answered = (chat: Conversation) => chat.messages.length > 1 && chat.messages.every((message) => (message.state ?? "sent") === "sent");
const HELLO = ["hello", "First answer to hello", "Second answer to hello"];

test("a message begins a conversation and is answered", async () => {
  const chat = page();
  chat.send("hello");
  await until(() => answered(chat));
  assert.deepEqual(texts(chat), HELLO);
  assert.equal(chat.retentionDays, 90);
});

test("answers come as plain JSON where nothing can stream", async () => {
  server.json = true;
  const chat = page();
  chat.send("hello");
  await until(() => answered(chat));
  assert.deepEqual(texts(chat), HELLO);
});

test("a quick reply is sent as its id and shown as its words", async () => {
  const chat = page();
  chat.send("Yes", { id: "b1", text: "Yes" });
  await until(() => answered(chat));
  assert.deepEqual(texts(chat), ["Yes", "First answer to pressed b1", "Second answer to pressed b1"]);
});

test("messages are sent in the order in which they were written", async () => {
  const chat = page();
  for (const text of ["one", "two", "three"]) chat.send(text);
  await until(() => chat.messages.length === 9);
  const said = [...server.conversations.values()][0]!.filter((message) => message.from === "visitor");
  assert.deepEqual(said.map((message) => message.text), ["one", "two", "three"]);
});

test("an answer that breaks off is fetched again under the same id, and nothing is doubled", async () => {
  server.spoils = [breakOff];
  const chat = page();
  chat.send("hello");
  await until(() => answered(chat) && chat.messages.length === 3);
  assert.deepEqual(texts(chat), HELLO);
  assert.equal(new Set(server.requests.map((request) => request.id).filter(Boolean)).size, 1);
});

test("answers that could not be stored are shown after what they answer", async () => {
  const chat = page();
  chat.send("hello");
  await until(() => answered(chat));
  server.spoils = [
    (response) => {
      const time = new Date().toISOString();
      const messages = ["Call 988.", "Call us."].map((text) => ({ seq: null, from: "assistant", text, time, buttons: [] }));
      response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ messages }));
    },
  ];
  chat.send("help");
  await until(() => answered(chat) && chat.messages.length === 6);
  chat.send("more");
  await until(() => answered(chat) && chat.messages.length === 9);
  assert.deepEqual(texts(chat).slice(3, 7), ["help", "Call 988.", "Call us.", "more"]);
});

test("an error within the answer is tried again", async () => {
  server.spoils = [
    (response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.end('event: problem\ndata: {"status": 503, "detail": "Busy."}\n\n');
    },
  ];
  const chat = page();
  chat.send("hello");
  await until(() => answered(chat));
  assert.deepEqual(texts(chat), HELLO);
});

test("a server that is away is tried until it is back", async () => {
  const chat = page();
  await chat.catchUp();
  await server.stop();
  chat.send("hello");
  await until(() => chat.lost);
  assert.equal(chat.messages[0]!.state, "sending");
  await until(() => chat.messages[0]!.state === "failed");
  await server.start();
  await until(() => answered(chat));
  assert.equal(chat.lost, false);
  assert.deepEqual(texts(chat), HELLO);
});

test("a server that is away before anything was said leaves no trace once it is back", async () => {
  const chat = page();
  await chat.catchUp();
  await server.stop();
  chat.send("hello");
  await until(() => chat.lost);
  await server.start();
  await chat.catchUp();
  await until(() => answered(chat));
  await chat.catchUp();
  assert.equal(chat.notice, "");
  assert.deepEqual(texts(chat), HELLO);
});

test("a limit is told in the server's words and waited out, and holds up no later message", async () => {
  server.spoils = [refuse(429, "Please wait a moment.", { "Retry-After": "0.2" })];
  const chat = page();
  chat.send("hello");
  await until(() => chat.notice === "Please wait a moment.");
  chat.send("I need help");
  await until(() => texts(chat).includes("First answer to I need help"));
  assert.equal(chat.messages.find((message) => message.text === "hello")!.state, "sending");
  await until(() => answered(chat));
  assert.equal(chat.notice, "");
});

test("what the server refuses can be changed", async () => {
  server.spoils = [refuse(413, "That is too long.")];
  const chat = page();
  chat.send("hello");
  await until(() => chat.messages[0]!.state === "failed");
  assert.equal(chat.messages[0]!.refused, "That is too long.");
  chat.withdraw(chat.messages[0]!);
  assert.equal(chat.draft, "hello");
  assert.deepEqual(chat.messages, []);
});

test("an expired conversation gives way to a new one, which takes what was typed", async () => {
  const chat = page();
  chat.send("hello");
  await until(() => answered(chat));
  server.conversations.clear();
  chat.send("again");
  await until(() => answered(chat) && !texts(chat).includes("hello"));
  assert.deepEqual(texts(chat), ["again", "First answer to again", "Second answer to again"]);
  assert.equal(chat.expired, true);
});

test("a reload shows the conversation and the draft, and sends what was on its way, once", async () => {
  const chat = page(memory, [60_000]); // goes before it would try again
  chat.send("hello");
  await until(() => answered(chat));
  chat.write("half a thou");
  await server.stop();
  chat.send("wait");
  await until(() => chat.lost);
  const kept = new Map(memory);
  await server.start();
  const later = page(kept);
  assert.deepEqual(texts(later), [...HELLO, "wait"]);
  assert.equal(later.draft, "half a thou");
  later.resume();
  await until(() => texts(later).includes("Second answer to wait"));
});

test("two tabs with one conversation see the same, without doubles", async () => {
  const one = page();
  one.send("hello");
  await until(() => answered(one));
  const two = page(new Map(memory));
  two.send("two");
  await until(() => two.messages.length === 6);
  await one.catchUp();
  one.send("one");
  await until(() => one.messages.length === 9);
  await two.catchUp();
  assert.deepEqual(texts(one), texts(two));
  assert.equal(new Set(texts(one)).size, 9);
});

test("cleared, nothing is left, the token is forgotten, and no late answer comes in", async () => {
  const chat = page();
  await chat.catchUp();
  chat.send("hello");
  await until(() => server.count("POST /messages") === 1);
  chat.clear();
  await until(() => server.count("DELETE /conversation") === 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(chat.messages, []);
  assert.deepEqual([...memory.values()].filter((kept) => kept.includes("hello")), []);
  assert.equal(server.conversations.size, 0);
});
