// Reads the pages of an LMDB file without lmdb, which goes where a damaged page leads it: out of the
// file (SIGBUS) or out of the page (SIGSEGV). Source: mdb.c of lmdb 3.5; package.json pins it.

/**
 * What is wrong with a file, or undefined: every page that the newest transaction can reach is there
 * and points at nothing outside itself or the file, and no page that is to be written anew is in use.
 * @internal
 */
export function faultOf(file: Buffer): string | undefined {
  try {
    const [older, newer] = metaPages(file).sort((a, b) => a.transaction - b.transaction);
    if (older === undefined || newer === undefined) return "it is no file of lmdb";
    const walk = new Walk(file, newer.pageSize);
    const lists: FreeList[] = [];
    walk.tree(newer.freeRoot, newer.freeDepth, (list) => lists.push(list));
    walk.tree(newer.mainRoot, newer.mainDepth);
    for (const list of lists) walk.free(list, newer.lastPage);
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}

/** The number of the newest transaction, from the file's first two pages; 0 where there is none. */
export function transactionOf(file: Buffer): number {
  try {
    return Math.max(...metaPages(file).map(({ transaction }) => transaction));
  } catch (error) {
    if (error instanceof Fault) return 0;
    throw error;
  }
}

/** Bytes that hold both meta pages, whatever the page size. */
export const metaBytes = 1 << 17;

class Fault extends Error {}

interface Meta {
  readonly pageSize: number;
  readonly freeRoot: number;
  readonly freeDepth: number;
  readonly mainRoot: number;
  readonly mainDepth: number;
  readonly lastPage: number;
  readonly transaction: number;
}

const magic = 0xbeefc0de;
const formatVersion = 2;
const header = 24;
const metaEnd = 168;
const none = -1;

function metaPages(file: Buffer): Meta[] {
  const pageSize = file.length < metaEnd ? 0 : file.readUInt32LE(48);
  const isSize = pageSize >= 512 && pageSize <= 1 << 16 && (pageSize & (pageSize - 1)) === 0;
  if (!isSize) throw new Fault("its first page is no meta page");
  return [0, 1].map((page) => metaPage(file, page, pageSize));
}

function metaPage(file: Buffer, page: number, pageSize: number): Meta {
  const at = page * pageSize;
  const whole = at + metaEnd <= file.length;
  const sound =
    whole &&
    file.readUInt32LE(at + 24) === magic &&
    file.readUInt32LE(at + 28) === formatVersion &&
    file.readUInt32LE(at + 48) === pageSize;
  if (!sound) throw new Fault(`page ${page} is no meta page`);
  return {
    pageSize,
    freeDepth: file.readUInt16LE(at + 54),
    freeRoot: pageNumber(file, at + 88),
    mainDepth: file.readUInt16LE(at + 102),
    mainRoot: pageNumber(file, at + 136),
    lastPage: pageNumber(file, at + 144),
    transaction: pageNumber(file, at + 152),
  };
}

/** 64 bits; all ones stand for no page. */
function pageNumber(file: Buffer, at: number): number {
  const [low, high] = [file.readUInt32LE(at), file.readUInt32LE(at + 4)];
  return low === 0xffffffff && high === 0xffffffff ? none : low + high * 2 ** 32;
}

// mdb.c: P_BRANCH, P_LEAF, P_OVERFLOW; F_BIGDATA.
const [branch, leaf, overflow] = [0x01, 0x02, 0x04];
const bigData = 0x01;
const nodeHeader = 8;

/** Where in the file numbers of free pages are, and how many bytes. */
interface FreeList {
  readonly at: number;
  readonly size: number;
}

class Walk {
  readonly #file: Buffer;
  readonly #size: number;
  readonly #seen = new Set<number>();

  constructor(file: Buffer, pageSize: number) {
    this.#file = file;
    this.#size = pageSize;
  }

  /** @param visit Is told where the values are. */
  tree(root: number, depth: number, visit?: (value: FreeList) => void): void {
    if (root === none) return;
    if (depth < 1 || depth > 32) throw new Fault(`a tree of depth ${depth}`);
    this.#page(root, depth, visit);
  }

  /**
   * To be called after the trees. A list is its length, then numbers of pages; a negative one is how
   * many pages follow one another, from the next number on. Source: midl-sparse.c.
   */
  free({ at, size }: FreeList, lastPage: number): void {
    const count = size < 8 ? -1 : Number(this.#file.readBigInt64LE(at));
    if (count < 0 || (count + 1) * 8 > size) throw new Fault("a list of free pages has no end");
    for (let index = 1, run = 1; index <= count; index += 1) {
      const number = Number(this.#file.readBigInt64LE(at + index * 8));
      if (number === 0) continue; // a gap
      if (number < 0) {
        run = -number;
        continue;
      }
      if (number < 2 || number + run - 1 > lastPage)
        throw new Fault(`page ${number} cannot be free`);
      for (let page = number; page < number + run; page += 1) {
        if (this.#seen.has(page)) throw new Fault(`page ${page} is used and free`);
      }
      run = 1;
    }
  }

  #page(page: number, depth: number, visit?: (value: FreeList) => void): void {
    const at = this.#enter(page, 1, depth > 1 ? branch : leaf);
    // All three count from the end of the header (PAGEBASE).
    const lower = header + this.#file.readUInt16LE(at + 20);
    const upper = header + this.#file.readUInt16LE(at + 22);
    const count = (lower - header) / 2;
    if (count < 1 || !Number.isInteger(count) || upper < lower || upper > this.#size) {
      throw new Fault(`page ${page} has no bounds`);
    }
    for (let node = 0; node < count; node += 1) {
      const offset = header + this.#file.readUInt16LE(at + header + node * 2);
      if (offset < upper || offset + nodeHeader > this.#size) throw new Fault(outside(page, node));
      if (depth > 1) {
        this.#page(this.#child(page, node, at, offset), depth - 1, visit);
      } else {
        const value = this.#value(page, node, at, offset);
        visit?.(value);
      }
    }
  }

  #child(page: number, node: number, at: number, offset: number): number {
    const [low, high, keySize] = this.#words(at + offset);
    if (offset + nodeHeader + keySize > this.#size) throw new Fault(outside(page, node));
    return low + high * 2 ** 32;
  }

  #value(page: number, node: number, at: number, offset: number): FreeList {
    const [size, flags, keySize] = this.#words(at + offset);
    const isBig = flags === bigData;
    const end = offset + nodeHeader + keySize + (isBig ? 24 : size);
    if (flags !== 0 && !isBig) throw new Fault(`page ${page} has a node of an unknown kind`);
    if (end > this.#size) throw new Fault(outside(page, node));
    if (!isBig) return { at: at + end - size, size };
    const [first, pages] = [
      pageNumber(this.#file, at + end - 24),
      pageNumber(this.#file, at + end - 8),
    ];
    if (pages < Math.ceil((header + size) / this.#size)) throw new Fault(outside(page, node));
    return { at: this.#enter(first, pages, overflow) + header, size };
  }

  /** A node's first 32 bits, its flags and the size of its key. */
  #words(at: number): readonly [number, number, number] {
    return [
      this.#file.readUInt32LE(at),
      this.#file.readUInt16LE(at + 4),
      this.#file.readUInt16LE(at + 6),
    ];
  }

  /** Where the page is in the file: of this kind, whole, and led to once. */
  #enter(page: number, pages: number, kind: number): number {
    const at = page * this.#size;
    const last = page + pages - 1;
    if (page < 2 || pages < 1 || (last + 1) * this.#size > this.#file.length) {
      throw new Fault(`page ${page} is not in the file`);
    }
    if (pageNumber(this.#file, at) !== page) throw new Fault(`page ${page} is another`);
    if ((this.#file.readUInt16LE(at + 18) & 0xff) !== kind) {
      throw new Fault(`page ${page} is of another kind`);
    }
    for (let each = page; each <= last; each += 1) {
      if (this.#seen.has(each)) throw new Fault(`page ${each} is used twice`);
      this.#seen.add(each);
    }
    return at;
  }
}

function outside(page: number, node: number): string {
  return `entry ${node} of page ${page} leads outside`;
}
