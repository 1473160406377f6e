import { expect } from "chai";
import { join } from "node:path";
import { newFolder } from "../support/folder.js";
import { needs } from "../support/needs.js";
import { run } from "../support/run.js";
import { childFile } from "./child.js";

// bpf(2): BPF_PROG_LOAD of a classifier of two instructions, return TC_ACT_STOLEN. Node has no word
// for it; the descriptor is inherited.
const loader = `
import ctypes, os, platform, struct, sys
code = ctypes.create_string_buffer(struct.pack("<BBhiBBhi", 0xb7, 0, 0, 4, 0x95, 0, 0, 0))
licence = ctypes.create_string_buffer(b"GPL")
where = (ctypes.addressof(code), ctypes.addressof(licence))
attr = struct.pack("<IIQQIIQII16s", 3, 2, *where, 0, 0, 0, 0, 0, b"takes")
number = {"x86_64": 321, "aarch64": 280}[platform.machine()]
fd = ctypes.CDLL(None).syscall(number, 5, ctypes.create_string_buffer(attr), len(attr))
if fd < 0: sys.exit(77)
os.set_inheritable(fd, True)
os.execv(sys.argv[1], [*sys.argv[1:], str(fd)])`;

describe("process: a program of BPF", function () {
  this.timeout(60_000);

  it("is hung behind a link, as tc(8) shows it, and takes packets away", async function () {
    needs(this, "root", "program:python3", "program:tc", "program:ping");
    using folder = newFolder();
    const words = [process.execPath, childFile("bpf-filter"), join(folder.path, "netns")];

    const { code, stdout, stderr } = await run("python3", ["-c", loader, ...words]);

    if (code === 77) this.skip(); // a kernel without bpf(2)
    expect(code, stderr).to.equal(0);
    const { bpf, shown, ...more } = JSON.parse(stdout) as {
      bpf: { id: number };
      shown: string;
    };
    expect(more).to.deep.equal({ before: true, behind: false, kind: "bpf" });
    expect(bpf).to.include({ name: "takes-all", directAction: true });
    expect(shown).to.match(new RegExp(`takes-all direct-action .*id ${bpf.id} `));
  });
});
