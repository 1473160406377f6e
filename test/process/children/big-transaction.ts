// Transactions too big and just right for the socket of an ordinary user: prints what came of them.
import { addon, runJob, type Message } from "#lib/native.js";

const [, , bytes = "0"] = process.argv;
const handle = new (addon().Handle)();
await runJob([handle], [{ do: "create", in: 0 }]);

async function attempt(userdata: string, count: number): Promise<unknown> {
  const messages = Array.from({ length: count }, (_, at): Message => {
    const attributes = { name: `t${at}`, userdata };
    return { type: "NFT_MSG_NEWTABLE", flags: ["create"], header: { family: "inet" }, attributes };
  });
  try {
    await runJob([handle], [{ do: "transaction", in: 0, messages }]);
    return "done";
  } catch (error) {
    const { code, syscall, detail } = error as Readonly<Record<string, unknown>>;
    return { code, syscall, detail };
  }
}

const blob = 60_000;
const big = await attempt("00".repeat(blob), Math.ceil(Number(bytes) / blob));
const small = await attempt("00".repeat(200), 1000);
process.stdout.write(JSON.stringify({ big, small }));
