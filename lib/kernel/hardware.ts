import { CnmError, quote } from "../errors.js";
import { parseMac } from "../net/mac.js";
import { parsed } from "../util/schemas.js";

const ethernet = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/;
const anyLink = /^[0-9a-f]{2}(?::[0-9a-f]{2}){0,31}$/;

/** A MAC address of any kind: groups and all zeros too; comes out in lower case. @internal */
export const anyMac = parsed((text) => {
  if (ethernet.test(text)) return text;
  parseMac(text);
  return text.toLowerCase();
});

/** A link-layer address of any kind of link, up to 32 bytes (MAX_ADDR_LEN). @internal */
export const linkLayerAddress = parsed((text) => {
  if (anyLink.test(text)) return text;
  const lower = text.toLowerCase();
  if (anyLink.test(lower)) return lower;
  throw new CnmError(
    "ERR_CNM_INVALID_ADDRESS",
    `${quote(text)} is not a link-layer address, such as 02:42:ac:11:00:02`,
  );
});
