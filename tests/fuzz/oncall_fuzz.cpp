// fuzz: vigie_controller_oncall
//
// What the configuration and the store say of people on call. The first byte chooses the reader. What is read of a row
// is the same once written and read again; of a rota that is read somebody's turn can be told at any time.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "controller/oncall/episode.hpp"
#include "controller/oncall/oncall_file.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

void expect(bool holds) {
    if (!holds) {
        __builtin_trap();
    }
}

void read_rows(std::string_view row) {
    if (const auto one = oncall::decode_override(row)) {
        const auto again = oncall::decode_override(oncall::encode(*one));
        expect(again && *again == *one);
    }
    if (const auto one = oncall::decode_episode(row)) {
        const auto again = oncall::decode_episode(oncall::encode(*one));
        expect(again && *again == *one);
    }
}

void read_texts(std::string_view text) {
    static_cast<void>(oncall::parse_date(text));
    if (const auto callee = oncall::parse_callee(text)) {
        expect(oncall::text_of(*callee) == text);
    }
    if (const auto handover = oncall::parse_handover(text)) {
        expect(handover->time_of_day < std::chrono::hours{24} && handover->weekday.value_or(0) < 7);
    }
}

void read_file(std::string_view text) {
    const auto oncall = oncall::parse_oncall(text, "c.yaml");
    if (!oncall) {
        return;
    }
    const auto at = wall_from_unix_ms(1'800'000'000'000);
    for (const auto& rota : oncall->rotas) {
        const auto shifts = oncall::shifts_of(rota, {}, at, at + std::chrono::hours{48});
        const auto duty = oncall::who(rota, {}, at);
        expect(duty.has_value() == (!shifts.empty() && shifts.front().from == at));
    }
    for (const auto& policy : oncall->policies) {
        expect(policy.due(0) <= policy.due(policy.steps_count() - 1));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 3) {
        case 0:
            read_rows(text);
            break;
        case 1:
            read_texts(text);
            break;
        default:
            read_file(text);
    }
    return 0;
}
