// Steps that make, open and end namespaces: "create", "open", "delete", "close".
#pragma once

#include <vector>

#include "ns/step.h"

namespace vethwork::ns {

// What a job has made or opened, until the job is done.
class NamespaceSteps {
 public:
  void Create(const Step& step);
  void Open(const Step& step);
  // Closed in any case: what could not be unpinned is no reason to keep descriptors.
  void Delete(const Step& step);
  void Close(const Step& step);
  // After an error.
  void TakeDownCreated(Engine& engine, Place& place);

 private:
  std::vector<Namespace*> created_;
};

}  // namespace vethwork::ns
