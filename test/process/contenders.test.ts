import { expect } from "chai";
import { join } from "node:path";
import { expectAgreement } from "../support/agreement.js";
import { newFolder } from "../support/folder.js";
import { newNetns } from "../support/netns.js";
import { newGround } from "../support/state.js";
import { Talk } from "../support/talk.js";
import { childFile } from "./child.js";

type Answer = Readonly<Record<string, unknown>>;

async function contender(...words: readonly string[]): Promise<Talk> {
  const talk = new Talk(process.execPath, [childFile("contender"), ...words]);
  await talk.answer();
  return talk;
}

function ask(one: Talk, line: string): Promise<Answer> {
  one.say(line);
  return one.answer();
}

describe("process: a state directory that two processes want", function () {
  this.timeout(120_000);

  it("is one's, also where their hosts are not the same", async function () {
    await using here = await newNetns(this, "link:bridge");
    await using there = await newNetns(this, "link:bridge");
    using folder = newFolder();
    await using left = await contender(here.path ?? "", folder.path);
    await using right = await contender(there.path ?? "", folder.path);
    const both = [left, right];

    for (let round = 0; round < 10; round++) {
      const answers = await Promise.all(both.map((one) => ask(one, "open")));
      const won = answers.flatMap(({ opened }, at) => (opened === true ? [at] : []));
      const lost = answers.find(({ opened }) => opened !== true);
      expect(won, JSON.stringify(answers)).to.have.lengthOf(1);
      expect(lost).to.include({
        code: "ERR_CNM_CONFLICT",
        field: "stateDirectory",
        pid: both[won[0] ?? 0]?.pid,
      });
      await Promise.all(both.map((one) => ask(one, "close")));
    }
  });

  it("goes from one that is killed amid many operations to the other, ten times", async function () {
    await using ground = await newGround(this);
    const { path: host = "" } = ground.host;
    const folder = join(ground.stateDirectory, "..");
    let survivors = 0;

    for (let turn = 0; turn < 10; turn++) {
      await using first = await contender(host, folder);
      await using second = await contender(host, folder);
      expect(await ask(first, "open")).to.include({ opened: true });
      first.say("storm");
      for (let round = 0; round <= turn % 4; round++) await first.answer();

      // The second's vain attempts disturb nothing; nor does it wait for the first's last breath.
      expect(await ask(second, "open")).to.include({ code: "ERR_CNM_CONFLICT", pid: first.pid });
      const killed = first.kill();
      let opened = await ask(second, "open");
      while (opened["code"] === "ERR_CNM_CONFLICT") opened = await ask(second, "open");
      await killed;

      expect(opened).to.deep.include({ opened: true, findings: [] });
      await ask(second, "close");
      const cnm = await ground.open();
      expect(cnm.sandboxes()).to.have.lengthOf(Number(opened["sandboxes"]));
      await expectAgreement(cnm, ground.host, ground.runDirectory);
      survivors = cnm.sandboxes().length;
      await cnm.close(); // for the next two
    }

    expect(survivors).to.be.greaterThan(20);
  });
});
