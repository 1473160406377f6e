import { addon } from "#lib/native.js";
import { expect } from "chai";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expectGolden } from "../support/golden.js";
import { repository } from "../support/run.js";
import { sent } from "./messages.js";

describe("codec: bytes of what is sent", function () {
  for (const [name, messages] of Object.entries(sent)) {
    it(`encodes ${name} as test/codec/golden/${name}.txt has it`, function () {
      expectGolden(name, messages);
    });
  }

  it("has no golden file that no test reads", function () {
    const files = readdirSync(join(repository, "test/codec/golden"));

    const unread = files.filter(
      (file) => !file.startsWith("reply-") && !Object.hasOwn(sent, file.replace(/\.txt$/, "")),
    );

    expect(unread).to.deep.equal([]);
  });

  it("sets NLM_F_REQUEST on every message and numbers it", function () {
    const all = Object.values(sent).flat();

    const headers = all.map((message) => {
      const bytes = Buffer.from(addon().encode(JSON.stringify(message)));
      return [bytes.readUInt16LE(6) & 1, bytes.readUInt32LE(8)];
    });

    expect(headers).to.deep.equal(all.map(() => [1, 1]));
  });
});
