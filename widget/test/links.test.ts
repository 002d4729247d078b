import assert from "node:assert/strict";
import { test } from "node:test";
import { paragraphs, parts, plain } from "../src/links.ts";

test("telephone, message and https links are links", () => {
  assert.deepEqual(parts("Call [988](tel:988) or [text](sms:988), or [write](https://clinic.example/intake?ref=a.b-c)."), [
    { text: "Call " },
    { text: "988", href: "tel:988" },
    { text: " or " },
    { text: "text", href: "sms:988" },
    { text: ", or " },
    { text: "write", href: "https://clinic.example/intake?ref=a.b-c" },
    { text: "." },
  ]);
});

for (const text of [
  "[click](javascript:alert(1))",
  "[click](http://clinic.example)",
  "[click](data:text/html,hello)",
  "[click](tel:988&#x22;onclick=alert)",
  '[click](https://clinic.example/"onmouseover=alert)',
  "[click](HTTPS:clinic.example)",
  "[a\nb](tel:988)",
  "<b>bold</b> **bold** <script>alert(1)</script>",
]) {
  test(`is text as it stands: ${JSON.stringify(text)}`, () => assert.deepEqual(parts(text), [{ text }]));
}

test("a blank line parts paragraphs, a line break does not", () => {
  assert.deepEqual(paragraphs("one\ntwo\n\n\nthree\n"), ["one\ntwo", "three\n"]);
});

test("copied, a link shows where it leads", () => {
  assert.equal(plain("Call [988](tel:988), [the form](https://clinic.example/intake)"), "Call 988, the form (https://clinic.example/intake)");
});
