import { addon, type Decoded } from "#lib/native.js";
import { expect } from "chai";
import fc from "fast-check";
import { sent } from "./messages.js";

const seeds = Object.values(sent)
  .flat()
  .map((message) => addon().encode(JSON.stringify(message)));

const decode = (bytes: Uint8Array) =>
  JSON.parse(addon().decode(bytes)) as readonly (Decoded | null)[];

/** The bytes at the very end of their memory, where AddressSanitizer sees a read beyond them. */
const exact = (bytes: Uint8Array) => Uint8Array.from(bytes);

const types = [
  ...[16, 17, 18, 19, 20, 21, 22, 24, 25, 26, 28, 29, 30],
  ...[32, 33, 34, 88, 90, 104, 105, 106, 108, 109],
];

/** A message header that fits, and anything behind it. */
const anyMessage = fc
  .tuple(fc.constantFrom(...types), fc.uint8Array({ maxLength: 512 }))
  .map(([type, payload]) => {
    const bytes = Buffer.alloc(16 + payload.length);
    bytes.writeUInt32LE(bytes.length, 0);
    bytes.writeUInt16LE(type, 4);
    bytes.set(payload, 16);
    return bytes;
  });

const mutated = fc
  .tuple(
    fc.constantFrom(...seeds),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 8 }),
    fc.option(fc.nat()),
  )
  .map(([seed, changes, cut]) => {
    const bytes = Uint8Array.from(seed);
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return cut === null ? bytes : bytes.slice(0, cut % (bytes.length + 1));
  });

function isNamespace(value: unknown): boolean {
  return typeof value === "object" && value !== null && "namespace" in value;
}

describe("codec: properties", function () {
  it("decodes any bytes to a list, and never crashes", function () {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 512 }), (bytes) => {
        expect(decode(exact(bytes))).to.be.an("array");
      }),
    );
  });

  it("decodes any payload of any type of message to one object or null", function () {
    fc.assert(
      fc.property(anyMessage, (bytes) => {
        expect(decode(exact(bytes))).to.have.lengthOf(1);
      }),
      { numRuns: 1000 },
    );
  });

  it("decodes messages of ours with bytes changed or cut off", function () {
    fc.assert(
      fc.property(mutated, (bytes) => {
        expect(decode(exact(bytes))).to.be.an("array");
      }),
      { numRuns: 1000 },
    );
  });

  it("locates any offset in any message", function () {
    fc.assert(
      fc.property(mutated, fc.nat({ max: 600 }), (bytes, offset) => {
        expect(addon().locate(exact(bytes), offset)).to.match(/^[\w.]*$/);
      }),
      { numRuns: 1000 },
    );
  });

  it("encodes what it decoded of its own message to the same bytes", function () {
    // `change` means something in requests only and is not decoded; namespaces are descriptors.
    const unsaid = (_key: string, value: unknown) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(
            Object.entries(value).filter(([key, at]) => key !== "change" && !isNamespace(at)),
          )
        : value;

    for (const message of Object.values(sent).flat()) {
      const { type, header, attributes } = message;
      const text = JSON.stringify({ type, header, attributes }, unsaid);
      const bytes = addon().encode(text);

      const [decoded] = JSON.parse(addon().decode(bytes, type)) as readonly unknown[];
      const again = addon().encode(JSON.stringify(decoded));

      expect(Buffer.from(again).toString("hex"), text).to.equal(Buffer.from(bytes).toString("hex"));
    }
  });

  it("encodes and decodes any text and any numbers of a link", function () {
    const name = fc
      .string({ unit: "binary", maxLength: 40 })
      .filter((text) => !text.includes("\0"));
    const u32 = fc.nat({ max: 0xffff_ffff });
    const attributes = fc.record({
      ifname: name,
      mtu: u32,
      group: u32,
      link_netnsid: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      address: fc
        .array(fc.nat({ max: 255 }), { minLength: 1, maxLength: 32 })
        .map((bytes) => bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(":")),
      linkinfo: fc.record({
        kind: fc.constant("bridge"),
        data: fc.record({
          priority: fc.nat({ max: 0xffff }),
          vlan_filtering: fc.nat({ max: 255 }),
          ageing_time: u32,
          vlan_protocol: fc.nat({ max: 0xffff }),
        }),
      }),
      prop_list: fc.record({ alt_ifname: fc.array(name, { minLength: 1, maxLength: 4 }) }),
    });
    fc.assert(
      fc.property(attributes, (given) => {
        const bytes = addon().encode(JSON.stringify({ type: "RTM_NEWLINK", attributes: given }));

        expect(decode(bytes)[0]?.attributes).to.deep.equal(given);
      }),
    );
  });
});
