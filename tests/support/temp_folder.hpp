// A folder of the test's own, removed with all that is in it.
#pragma once
#include <string>

namespace vigie::tests {

class TempFolder {
  public:
    TempFolder();
    ~TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    const std::string& path() const { return path_; }
    std::string operator/(std::string_view name) const;  // a path inside

  private:
    std::string path_;
};

}  // namespace vigie::tests
