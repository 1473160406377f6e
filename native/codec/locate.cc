#include "codec/codec.h"
#include "codec/wire.h"

namespace vethwork::codec {
namespace {

const Table* Inside(const Attribute& attribute, View level, const Table& table) {
  if (attribute.type == Type::kUserdata) return nullptr;  // is framed otherwise
  if (attribute.type != Type::kNestedByKind) return attribute.table;
  return TableOfKind(attribute, level, table);
}

std::string Search(View level, const Table& table, const uint8_t* target);

// "exprs.2.data": which element, and where in it.
std::string SearchList(const Attribute& list, View elements, const uint8_t* target) {
  const std::string name(list.name);
  size_t position = 0;
  for (AttributeWalk at(elements); at.Valid(); at.Next(), position++) {
    const uint8_t* end = at.payload().data() + at.payload().size();
    if (target < at.start() || target >= end) continue;
    const std::string here = name + "." + std::to_string(position);
    const std::string found = Search(at.payload(), *list.table, target);
    return found.empty() ? here : here + "." + found;
  }
  return name;
}

// "multipath.1.gateway"
std::string SearchRecords(const Attribute& list, View records, const uint8_t* target) {
  const std::string name(list.name);
  size_t position = 0;
  for (RecordWalk at(records, *list.layout); at.Valid(); at.Next(), position++) {
    const View record = at.record();
    if (target < record.data() || target >= record.data() + record.size()) continue;
    const std::string here = name + "." + std::to_string(position);
    const std::string found = Search(AfterHeader(record, *list.layout), *list.table, target);
    return found.empty() ? here : here + "." + found;
  }
  return name;
}

std::string Search(View level, const Table& table, const uint8_t* target) {
  if (table.prefix) level = AfterHeader(level, *table.prefix);
  for (AttributeWalk at(level); at.Valid(); at.Next()) {
    const Attribute* attribute = FindByNumber(table, at.number());
    if (attribute == nullptr) continue;
    if (at.start() == target) return std::string(attribute->name);
    const uint8_t* end = at.payload().data() + at.payload().size();
    const Table* inside = Inside(*attribute, level, table);
    if (inside == nullptr || target < at.start() || target >= end) continue;
    if (attribute->type == Type::kList) return SearchList(*attribute, at.payload(), target);
    if (attribute->type == Type::kRecords) {
      return SearchRecords(*attribute, at.payload(), target);
    }
    const View deeper = attribute->type == Type::kNestedMessage
                            ? AfterHeader(at.payload(), *attribute->layout)
                            : at.payload();
    const std::string found = Search(deeper, *inside, target);
    const std::string here(attribute->name);
    return found.empty() ? here : here + "." + found;
  }
  return {};
}

}  // namespace

std::string Locate(View message, const Origin& origin, uint32_t offset) {
  const auto [type, body] = Know(message, origin);
  if (type == nullptr || offset >= message.size()) return {};
  return Search(AfterHeader(body, *type->header), TableOf(*type, body), message.data() + offset);
}

}  // namespace vethwork::codec
