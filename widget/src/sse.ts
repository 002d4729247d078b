/** Server-sent events read from a fetch response; EventSource can neither POST nor send a token. */

export type ServerEvent = { event: string; data: string };

export async function* serverEvents(body: ReadableStream<Uint8Array>, alive: () => void): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      alive();
      const blocks = (rest + decoder.decode(value, { stream: true })).replace(/\r\n/g, "\n").split("\n\n");
      rest = blocks.pop()!;
      for (const block of blocks) {
        const event = parse(block);
        if (event.data) yield event;
      }
    }
  } finally {
    void reader.cancel().catch(() => {}); // a stream already broken has nothing left to cancel
  }
}

function parse(block: string): ServerEvent {
  const fields = { event: "message", data: [] as string[] };
  for (const line of block.split("\n")) {
    const [, name, value] = /^(event|data): ?(.*)$/.exec(line) ?? [];
    if (name === "event") fields.event = value!;
    if (name === "data") fields.data.push(value!);
  }
  return { event: fields.event, data: fields.data.join("\n") };
}
