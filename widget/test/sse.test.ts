import assert from "node:assert/strict";
import { test } from "node:test";
import { type ServerEvent, serverEvents } from "../src/sse.ts";

const STREAM = ': hello\n\nevent: typing\ndata: {}\n\nid: 3\r\nevent: message\r\ndata: {"text":\r\ndata: "¿Sí?"}\r\n\r\nevent: done\ndata: {"seq": 3}\n\nevent: cut\ndata: of';

for (const size of [1, 2, 7, 1000]) {
  test(`events come whole out of pieces of ${size} bytes`, async () => {
    const bytes = new TextEncoder().encode(STREAM);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let from = 0; from < bytes.length; from += size) controller.enqueue(bytes.slice(from, from + size));
        controller.close();
      },
    });
    const events: ServerEvent[] = [];
    for await (const event of serverEvents(body, () => {})) events.push(event);
    assert.deepEqual(events, [
      { event: "typing", data: "{}" },
      { event: "message", data: '{"text":\n"¿Sí?"}' },
      { event: "done", data: '{"seq": 3}' },
    ]);
  });
}
