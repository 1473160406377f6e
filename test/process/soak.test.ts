import { expect } from "chai";
import cliProgress from "cli-progress";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { newFolder } from "../support/folder.js";
import { newNetns } from "../support/netns.js";
import { ip } from "../support/other-eyes.js";
import { childFile } from "./child.js";

/** What the process holds after so many cycles. */
interface Mark {
  readonly cycle: number;
  readonly rss: number;
  readonly heapUsed: number;
  /** What is as much at each mark. */
  readonly held: Readonly<Record<string, number | readonly number[]>>;
}

const cycles = Number(process.env["VETHWORK_TEST_SOAK"] ?? "300");
const marks = cycles <= 300 ? 5 : 20;
const every = Math.max(5, Math.floor(cycles / marks / 5) * 5); // each way as often between two marks
const youngMb = 16;
const mostGrowth = 10 * 2 ** 20;

/** One step a mark: a bar on a terminal, else lines; nothing for a run as short as the suite's. */
function newProgress(): { tell(mark: Mark): void; stop(): void } {
  if (cycles <= 300) return { tell: () => undefined, stop: () => undefined };
  if (process.stderr.isTTY) {
    const format = "soak [{bar}] {percentage}% {eta_formatted} rss {rss} MB";
    const bar = new cliProgress.SingleBar({ format });
    bar.start(cycles, 0, { rss: "?" });
    return {
      tell: ({ cycle, rss }) => {
        bar.update(cycle, { rss: megabytes(rss) });
      },
      stop: () => {
        bar.stop();
      },
    };
  }
  return {
    tell: (mark) => void process.stderr.write(`soak: ${JSON.stringify(mark)}\n`),
    stop: () => undefined,
  };
}

const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

describe("process: attaching and detaching, again and again,", function () {
  this.timeout(3_600_000);

  it("holds no more afterwards: memory, descriptors, threads, mounts, links", async function () {
    await using netns = await newNetns(this, "link:bridge", "link:veth");
    using folder = newFolder();
    const sizes = [`--min-semi-space-size=${youngMb}`, `--max-semi-space-size=${youngMb}`];
    const words = [netns.path ?? "", folder.path, String(cycles), String(every)];
    const child = spawn(process.execPath, ["--expose-gc", ...sizes, childFile("soak"), ...words], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const closed = once(child, "close");
    const progress = newProgress();
    const seen: Mark[] = [];

    try {
      for await (const line of createInterface(child.stdout)) {
        const mark = JSON.parse(line) as Mark;
        seen.push(mark);
        progress.tell(mark);
      }
    } finally {
      progress.stop();
    }
    const [code] = (await closed) as [number | null];
    const links = await ip(netns, "link", "show");

    expect({ code, marks: seen.length }).to.deep.equal({
      code: 0,
      marks: Math.floor(cycles / every),
    });
    expect(links.map(({ ifname }) => ifname)).to.deep.equal(["lo"]);
    const [, warm, ...later] = seen; // the first two are for what is made once
    if (warm === undefined) throw new Error("there are too few marks");
    for (const { cycle, held } of later) expect(held, `at ${cycle}`).to.deep.equal(warm.held);
    const growth = Math.max(...later.slice(-3).map(({ rss }) => rss)) - warm.rss;
    expect(growth, JSON.stringify(seen)).to.be.below(mostGrowth);
    if (this.test !== undefined) {
      this.test.title += ` (${cycles} cycles: ${megabytes(growth)} MB more than ${megabytes(warm.rss)})`;
    }
  });
});
