// mkdtemp and its end.
#include "tests/support/temp_folder.hpp"

#include <cstdlib>
#include <filesystem>

#include "shared/core/assert.hpp"

namespace vigie::tests {

TempFolder::TempFolder() {
    auto pattern = (std::filesystem::temp_directory_path() / "vigie-test-XXXXXX").string();
    VIGIE_ASSERT(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
}
TempFolder::~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}
std::string TempFolder::operator/(std::string_view name) const {
    return path_ + "/" + std::string(name);
}

}  // namespace vigie::tests
