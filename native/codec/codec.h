// Plain values <-> netlink messages, by tables. No sockets, no Napi.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/table.h"
#include "codec/value.h"

namespace vethwork::codec {

using Bytes = std::vector<uint8_t>;
using View = std::span<const uint8_t>;

// What a message may leave open until it is sent: {"of": [step, message], "field": "index"},
// the name of a link where its index belongs, {"namespace": n}.
class Resolver {
 public:
  virtual ~Resolver() = default;
  virtual uint32_t LinkIndex(const std::string& name) = 0;
  virtual uint32_t Result(const Value& reference) = 0;
  virtual uint32_t NamespaceFd(uint32_t which) = 0;
  virtual uint16_t FamilyId(const Family& family) = 0;
};

// One message: {"type": "RTM_NEWLINK", "flags": ["create"], "header": {...}, "attributes": {...}}.
// NLM_F_REQUEST is always set. Throws SysError EINVAL, syscall = the message's type, detail = the
// dotted path of what is unknown, of the wrong type or out of range.
// Where the value of a field or an attribute is {"row": n}, the n-th of `row` stands for it, and
// null there leaves it out: many messages that differ by few values are one message and its rows.
Bytes Encode(const Value& message, uint32_t sequence, Resolver& resolver,
             const Array* row = nullptr);

// The type of a message that is to be encoded. Throws where it is not known.
const MessageType& TypeOf(const Value& message);

// Writes one message (with its nlmsghdr) as {"type", "header", "attributes"}. What the tables do
// not know is left out; what is cut short or overlong ends the walk of its level.
// Returns false for a message whose type is not known; nothing is written then.
// `without`: names of top-level attributes that are left out too.
bool Decode(View message, const Origin& origin, JsonWriter& out, const Array* without = nullptr);

// Writes of each message a few values alone, as an array: tables of 10,000 entries are read by
// JavaScript three times as fast as from what Decode() writes.
class Picker {
 public:
  // `names`: a field of the header, else a top-level attribute. A value is written as Decode() has
  // it, null where the message has none. Has to outlive the picker.
  explicit Picker(const Array& names) : names_(names) {}

  // Returns false, and writes nothing, as Decode() does. Throws SysError EINVAL for a name that
  // messages of this type do not have.
  bool Write(View message, const Origin& origin, JsonWriter& out);

 private:
  struct Slot {
    const Field* field = nullptr;
    const Attribute* attribute = nullptr;
    View payload = {};  // of the message under way
    bool there = false;
  };
  void Learn(const MessageType& type, const Table& table);

  const Array& names_;
  const MessageType* type_ = nullptr;  // of the last message: those of a dump are all of one
  const Table* table_ = nullptr;
  std::vector<Slot> slots_;
};

// The dotted path of the attribute whose header begins at `offset` of `message`, where an extended
// acknowledgement points (NLMSGERR_ATTR_OFFS). Empty where there is none.
std::string Locate(View message, const Origin& origin, uint32_t offset);

// A number of a reply without decoding all of it: "index" (of the header) or a top-level attribute.
std::optional<uint32_t> FindNumber(View message, const Origin& origin, std::string_view field);

}  // namespace vethwork::codec
