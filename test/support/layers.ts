/** A source file and what it includes or imports, as paths from the root of the repository. */
export interface Source {
  readonly file: string;
  readonly uses: readonly string[];
}

/** One rule: files below `of` may use nothing that matches `never`. */
interface Rule {
  readonly of: RegExp;
  readonly never: RegExp;
  readonly because: string;
}

const fileLock = /^lib\/util\/file-lock\.ts$/;
const bottom = /^lib\/(?:errors|errno-advice)\.ts$|^lib\/(?:util|net)\/(?!file-lock\.ts$)/;

const rules: readonly Rule[] = [
  {
    of: bottom,
    never: /^lib\/(?!errors\.ts|errno-advice\.ts|util\/|net\/)/,
    because: "errors, util and net are the bottom",
  },
  {
    of: fileLock,
    never: /^lib\/(?!errors\.ts|native\.ts|util\/)/,
    because: "Node has no flock: of all that lies above, a lock on a file knows the addon alone",
  },
  {
    of: /^lib\/native\.ts$/,
    never: /^lib\/(?!errors\.ts)/,
    because: "native.ts knows the addon and errors alone",
  },
  {
    of: /^lib\/(?:kernel\/|netlink\.ts$)/,
    never: /^lib\/(?:cnm|drivers|ipam|store)\/|^lib\/index\.ts$/,
    because: "the kernel layer knows no network, endpoint or sandbox",
  },
  {
    of: /^lib\/(?:ipam|store)\//,
    never: /^lib\/(?:cnm|drivers|kernel)\/|^lib\/(?:index|native|netlink)\.ts$/,
    because: "ipam and store know no kernel",
  },
  { of: /^lib\/ipam\//, never: /^lib\/store\//, because: "ipam and store are apart" },
  { of: /^lib\/store\//, never: /^lib\/ipam\//, because: "ipam and store are apart" },
  {
    of: /^lib\/drivers\//,
    never: /^lib\/(?:cnm|ipam|store)\/|^lib\/index\.ts$/,
    because: "drivers are given addresses and return state",
  },
  {
    of: /^lib\/cnm\//,
    never: /^lib\/(?:drivers|ipam|store)\/(?!(?:index|contract)\.ts$)/,
    because: "cnm knows drivers, IPAMs and stores by their registries alone",
  },
  {
    of: /^lib\/cnm\//,
    never: /^lib\/kernel\/link\/|^lib\/index\.ts$/,
    because: "cnm knows no kind of link by name",
  },
  {
    of: /^lib\/(?!native\.ts)/,
    never: /\.node$|^node-gyp-build$|^node-addon-api$/,
    because: "native.ts alone loads the addon",
  },
  {
    of: /^native\/base\//,
    never: /^native\/(?!base\/)/,
    because: "base is the bottom",
  },
  {
    of: /^native\/codec\//,
    never: /^native\/(?:socket|ns|bindings)\/|^napi\.h$/,
    because: "the codec knows bytes",
  },
  {
    of: /^native\/socket\//,
    never: /^native\/(?:codec|ns|bindings)\/|^napi\.h$/,
    because: "the socket knows descriptors",
  },
  {
    of: /^native\/ns\//,
    never: /^native\/bindings\/|^napi\.h$/,
    because: "workers know no JavaScript",
  },
  {
    of: /^native\/(?!bindings\/)/,
    never: /^napi\.h$|^node_api\.h$|^uv\.h$/,
    because: "bindings alone include napi.h",
  },
  { of: /^native\/bindings\//, never: /^uv\.h$/, because: "the addon is Node-API only" },
];

/** What points up, as sentences; none where all is well. */
export function violations(sources: readonly Source[]): readonly string[] {
  return sources.flatMap(({ file, uses }) =>
    rules
      .filter((rule) => rule.of.test(file))
      .flatMap((rule) =>
        uses
          .filter((used) => rule.never.test(used))
          .map((used) => `${file} uses ${used}: ${rule.because}`),
      ),
  );
}
