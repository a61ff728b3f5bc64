// A stack trace is somebody else's text: each of its lines without what steers a terminal.
#include "controller/cli/error_page.hpp"

#include "controller/cli/fields.hpp"
#include "shared/core/harmless.hpp"

namespace vigie::controller {

std::string error_sections(const Json& errors, const Look& look) {
    const auto stack = errors.find("stack");
    if (stack == errors.end() || !stack->is_string() || stack->get_ref<const std::string&>().empty()) {
        return {};
    }
    std::string_view rest = stack->get_ref<const std::string&>();
    const size_t room = look.is_terminal ? std::max<size_t>(look.columns, 24) - 2 : SIZE_MAX;
    std::string text = "\nstack\n";
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        // Cut, not wrapped: what a line begins with says what it is, and a wide terminal or a pipe has all of it.
        text += fmt::format("  {}\n", harmless(rest.substr(0, std::min(end, room))));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return text;
}

}  // namespace vigie::controller
