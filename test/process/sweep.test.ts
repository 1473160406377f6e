import { Controller, type Namespace } from "#lib/index.js";
import { expect } from "chai";
import { readFileSync, rmSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import type { Context } from "mocha";
import { expectAgreement } from "../support/agreement.js";
import { Faulty } from "../support/faults.js";
import { newFolder } from "../support/folder.js";
import { newNetns } from "../support/netns.js";
import { ipLinkNames } from "../support/other-eyes.js";
import { output } from "../support/run.js";
import { childFile } from "./child.js";

const operations = [
  "createNetwork",
  "createSandbox",
  "createEndpoint",
  "join",
  "attachNull",
  "attachWithoutSubnets",
  "leave",
  "deleteEndpoint",
  "deleteSandbox",
  "deleteNetwork",
  "createWarmPool",
  "take",
  "closeWarmPool",
  "destroy",
  "takeOver",
  "attachOver",
];

// Of many the requests are of few sorts: each is refused as one of few, and each is a point to end at.
const ofMany = ["attachMany", "detachMany"];
const ofFew = ["attachFew", "detachFew"];

// All points take minutes; every seventh, from another one on for each operation, a few seconds.
const stride = process.env["VETHWORK_TEST_SWEEP"] === "all" ? 1 : 7;

function pointsOf(count: number, seed: number): readonly number[] {
  const all = Array.from({ length: count }, (_, at) => at + 1);
  return all.filter((point) => point % stride === seed % stride);
}

/** A host and a state for one run of an operation. */
interface Ground {
  readonly operation: string;
  readonly host: Namespace;
  readonly folder: string;
  readonly faulty: Faulty;
}

async function onGround(
  context: Context,
  operation: string,
  use: (ground: Ground) => Promise<void>,
): Promise<void> {
  await using host = await newNetns(context, "link:bridge", "link:veth");
  using folder = newFolder();
  const words = [operation, host.path ?? "", folder.path];
  const faulty = new Faulty(context, childFile("operation"), words);
  try {
    await use({ operation, host, folder: folder.path, faulty });
  } finally {
    await unmountBelow(folder.path); // where the test has failed
  }
}

async function unmountBelow(folder: string): Promise<void> {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  const points = mounts.map((line) => line.split(" ")[4] ?? "");
  for (const point of points.filter((one) => one.startsWith(`${folder}/`))) {
    await output("umount", ["--no-mtab", point]);
  }
}

/** How many endpoints and sandboxes there are, where an operation of many is done: all, or none. */
const none = [1, 2];
const all = [21, 21];

/** What the next process finds, and that it leaves nothing when it takes all down. */
async function recover({ host, folder, operation }: Ground): Promise<void> {
  const runDirectory = join(folder, "run");
  const cnm = await Controller.open({ host, runDirectory, stateDirectory: join(folder, "state") });
  try {
    await expectAgreement(cnm, host, runDirectory);
    if (ofMany.includes(operation)) {
      const there = [cnm.network("net").endpoints().length, cnm.sandboxes().length];
      expect([none, all]).to.deep.include(there);
    }
  } finally {
    await cnm.destroy();
  }
  expect(await ipLinkNames(host)).to.deep.equal(["lo"]);
  rmSync(folder, { recursive: true });
}

const isUnheld = /^sandbox \S+: no endpoint has its inet6? default route/;

describe("kill -9", function () {
  this.timeout(600_000);

  // updateNetwork asks the kernel for nothing, which could refuse nothing.
  for (const [seed, operation] of [...operations, ...ofMany, "updateNetwork"].entries()) {
    it(`in ${operation}, at any point, leaves nothing that the next open() does not mend`, async function () {
      let count = 0;
      await onGround(this, operation, async (ground) => {
        ({ count } = await ground.faulty.count(join(ground.folder, "count")));
        await recover(ground); // nobody has closed it
      });
      expect(count).to.be.greaterThan(0);
      const points = pointsOf(count, seed);
      let over = 0; // runs that ended before they came so far
      for (const point of points) {
        await onGround(this, operation, async (ground) => {
          const { signal, stderr } = await ground.faulty.kill(point);
          // What runs beside each other takes a few requests more or fewer: a namespace that is gone
          // takes pairs along, which nobody has to remove then.
          if (ofMany.includes(operation) && signal === null && point > 0.9 * count) over += 1;
          else expect(signal, `point ${point} of ${count}: ${stderr}`).to.equal("SIGKILL");
          try {
            await recover(ground);
          } catch (error) {
            throw new Error(`killed at point ${point} of ${count}`, { cause: error });
          }
        });
      }
      if (this.test !== undefined)
        this.test.title += ` (${points.length - over} of ${count} points)`;
    });
  }
});

/** What the operation printed: see children/operation.ts. */
interface Outcome {
  readonly error?: Failure;
  readonly findings: readonly { readonly text: string }[];
}

interface Failure {
  readonly name: string;
  readonly message: string;
  readonly code?: unknown;
  readonly errors?: readonly Failure[];
}

function isTyped({ code, errors = [] }: Failure): boolean {
  const coded = typeof code === "string" && /^ERR_CNM_/.test(code);
  return coded || (errors.length > 0 && errors.every(isTyped));
}

const { EBUSY, EEXIST, ENOENT, ENOMEM, EPERM } = constants.errno;
const EXFULL = 54; // asm-generic/errno.h; Node.js does not know it
const errnos = { EBUSY, EEXIST, ENOENT, ENOMEM, EPERM, EXFULL };

describe("a refusal", function () {
  this.timeout(1_200_000);

  for (const [seed, operation] of [...operations, ...ofFew].entries()) {
    it(`of any request in ${operation} is told, and leaves kernel and state in agreement`, async function () {
      let count = 0;
      await onGround(this, operation, async (ground) => {
        const counted = await ground.faulty.count(join(ground.folder, "count"));
        count = counted.count - (counted.kinds["store"] ?? 0);
        await recover(ground);
      });
      let tried = 0;
      let told = 0;
      for (const [at, [name, errno]] of Object.entries(errnos).entries()) {
        for (const point of pointsOf(count, seed + at)) {
          await onGround(this, operation, async (ground) => {
            const { stdout, stderr } = await ground.faulty.refuse(point, errno);
            const where = `${name} at point ${point} of ${count}: ${stdout}${stderr}`;
            const { error, findings } = JSON.parse(stdout) as Outcome;
            if (error !== undefined) expect(isTyped(error), where).to.equal(true);
            // Taking down believes the kernel that says of what is there that it is not; the next
            // open() finds it.
            const believed = name === "ENOENT" && error === undefined;
            // Who has left stays so where the next in line could not have its default route: repair()
            // tries again.
            if (operation !== "destroy" && !believed) {
              const left = findings.filter(({ text }) => !isUnheld.test(text));
              expect(left, where).to.deep.equal([]);
            }
            tried += 1;
            if (error !== undefined) told += 1;
            try {
              await recover(ground);
            } catch (cause) {
              throw new Error(where, { cause });
            }
          });
        }
      }
      if (this.test !== undefined) {
        this.test.title += ` (${tried} refusals at ${count} points, ${told} told)`;
      }
    });
  }
});
