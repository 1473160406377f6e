// A job: a list of steps over several namespaces, run in one hop to one worker.
#pragma once

#include <memory>

namespace vethwork::ns {

class Engine;
class Place;
class Removal;
struct Task;

// Runs `task.text` and fills `task.result`, both JSON. Never throws.
// Not null: the job has come to a removal. Send it; run the job on, meanwhile, on another thread,
// or when it has been sent.
//
//   {"steps": [step, ...], "independent": true|absent}  -> {"results": [one a step]}
//                                                        or {"error": {code, errno, syscall, ...}}
//
// Steps ("in" is a position in `task.namespaces`):
//   {"do": "create", "in": n, "path": pin?}          -> {"cookie": "123"}
//   {"do": "open", "in": n, "path": p | "fd": n}     -> {"cookie": "123"}
//   {"do": "request", "in": n, "messages": [...]}    -> an array of answers a message (codec.h)
//   {"do": "rows", "in": n, "message": {...}, "rows": [[...], ...]} -> an array of answers a row,
//   whose
//                                                       values stand for {"row": n} in the message
//   {"do": "dump", "in": n, "message": {...}}        -> an array of messages; with "without":
//                                                       ["stats64"] all but these attributes; with
//                                                       "pick": ["index", "dst", ...] an array of
//                                                       such values a message
//   {"do": "remove", "in": n, "message": {...}}      -> null, once the link is gone
//   {"do": "sysctl", "in": n, "path": p, "value": v?} -> the value that was read, or null
//   {"do": "socket", "in": n, "type", "address", "port"} -> {"fd": n, "port": n}
//   {"do": "tun", "in": n, "type", "name"?, ...}     -> {"fd": n, "name": s}: a queue, see tun.h;
//                                                       with "messages", that show the link: the
//                                                       answers of them, and the link stays
//   {"do": "hold", "in": n, "feed": n, "name": s}    -> null; closing the feed frees the name
//   {"do": "subscribe", "in": n, "feed": n, "groups": [...], "all": bool?, "queue": bytes?} -> null
//   {"do": "close", "in": n}                         -> null
//   {"do": "delete", "in": n, "path": pin?}          -> null  (the pin that `create` did not make)
//
// The first error ends the job and says which step; namespaces that the job itself created are
// taken down again. With "independent", an error of one message is that message's answer
// ({"error": {...}}) and the rest goes on. With "timed", beside "results" or "error" there is
// "timing": {"waitedUs": until a worker began, "stepsUs": [of each step that was begun]}.
std::shared_ptr<Removal> RunJob(Engine& engine, Place& place, Task& task);

}  // namespace vethwork::ns
