// The codec alone, for tests and traces: no kernel is asked.
#pragma once

#include <napi.h>

namespace vethwork::bindings {

// encode(message: string): Uint8Array, decode(bytes: Uint8Array): string (an array of messages),
// locate(message: Uint8Array, offset: number): string.
void DefineCodec(Napi::Env env, Napi::Object exports);

}  // namespace vethwork::bindings
