// One step of a job under way: what it says, and what it is run with.
#pragma once

#include "codec/codec.h"
#include "ns/engine.h"
#include "ns/namespace.h"
#include "ns/place.h"
#include "ns/socket_cache.h"

namespace vethwork::ns {

struct Step {
  const codec::Value& says;  // read by ns/fields.h
  Namespace& in;
  Engine& engine;
  Place& place;  // of the thread that runs it now
  Task& task;
  codec::JsonWriter& out;  // its answer

  // Of the protocol that the message belongs to.
  SocketCache::Socket TakeSocket(const codec::Value& message) const;
  void GiveBack(SocketCache::Socket socket) const;
  // After an error: closed where answers may still come in. One that owns tables is emptied
  // instead.
  void GiveBack(SocketCache::Socket socket, bool spoiled) const;
};

// Whether answers may still come in on the socket that it was met on.
bool Spoils(const SysError& error);

}  // namespace vethwork::ns
