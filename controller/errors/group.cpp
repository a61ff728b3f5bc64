// Words for states.
#include "controller/errors/group.hpp"

#include <algorithm>

namespace vigie::controller::errors {

std::string_view name_of(State state) {
    switch (state) {
        case State::fresh:
            return "new";
        case State::resolved:
            return "resolved";
        case State::ignored:
            return "ignored";
    }
    return "unknown";
}

std::optional<State> state_named(std::string_view word) {
    for (const auto state : {State::fresh, State::resolved, State::ignored}) {
        if (name_of(state) == word) {
            return state;
        }
    }
    return std::nullopt;
}

bool is_fingerprint(std::string_view text) {
    constexpr size_t digits = 16;
    return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace vigie::controller::errors
