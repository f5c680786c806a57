// The names of settings: exact, or by a suffix that only one setting has (`loops` for `model.loops`).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ascender/base/config.h"

namespace ascender::spec {

class Names {
 public:
  explicit Names(const Schema& schema);  // which must outlive it

  // The settings that `name` may mean: one when it is clear, several when ambiguous, none when unknown.
  std::vector<const Field*> find(std::string_view name) const;
  const Field* exactly(std::string_view path) const { return schema_.find(path); }
  bool is_group(std::string_view prefix) const;  // some setting begins with `prefix.`
  // "did you mean `model.loops`?", or "".
  std::string suggest(std::string_view name) const;

 private:
  const Schema& schema_;
  std::map<std::string, std::vector<const Field*>, std::less<>> by_suffix_;
};

}  // namespace ascender::spec
