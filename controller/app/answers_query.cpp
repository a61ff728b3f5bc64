// query: what an operator asks in PromQL.
#include "controller/app/answers.hpp"
#include "controller/app/query_runner.hpp"

namespace vigie::controller {
namespace {

// Whole numbers up to here are exact in JSON; times beyond are nobody's.
constexpr int64_t number_max = int64_t{1} << 53;

// The client waits 30 s for an answer.
constexpr milliseconds timeout_default = 20s;
constexpr milliseconds timeout_max = 25s;

// A range without a step has about as many points as a terminal has columns.
constexpr int64_t steps_default = 240;

milliseconds step_for(milliseconds since) {
    return std::max<milliseconds>(1s, std::chrono::ceil<seconds>(since / steps_default));
}

Result<int64_t> number_within(const Request& request, std::string_view name, int64_t fallback, int64_t low,
                              int64_t high) {
    VIGIE_TRY(const auto number, request.number(name, fallback));
    if (number < low || number > high) {
        return fail(ErrorCode::malformed, "query: argument '{}' must be from {} to {}", name, low, high);
    }
    return number;
}

bool is_given(const Request& request, const char* name) {
    const auto found = request.arguments.find(name);
    return found != request.arguments.end() && !found->is_null();
}

Result<QueryWish> wish_of(const Request& request, WallTime now) {
    QueryWish wish;
    VIGIE_TRY(wish.expr, request.required_text("expr"));
    VIGIE_TRY(const auto at, number_within(request, "at_unix_ms", unix_ms(now), -number_max, number_max));
    VIGIE_TRY(const auto timeout,
              number_within(request, "timeout_ms", timeout_default.count(), 1, timeout_max.count()));
    wish.at = wall_from_unix_ms(at);
    wish.timeout = milliseconds{timeout};
    if (!is_given(request, "since_ms")) {
        if (is_given(request, "step_ms")) {
            return fail(ErrorCode::malformed, "query: a step needs a range: how far back shall it begin?");
        }
        return wish;
    }
    VIGIE_TRY(const auto since, number_within(request, "since_ms", 0, 1, number_max));
    wish.since = milliseconds{since};
    VIGIE_TRY(const auto step, number_within(request, "step_ms", step_for(wish.since).count(), 1, number_max));
    wish.step = milliseconds{step};
    return wish;
}

}  // namespace

void add_query_answers(Desk& desk, QueryRunner& runner, const Clock& clock) {
    desk.answer_encoded("query", Role::viewer, {"expr", "at_unix_ms", "since_ms", "step_ms", "timeout_ms"},
                        [&runner, &clock](const Request& request, const LineServer::Reply& reply) {
                            auto wish = wish_of(request, clock.wall());
                            if (!wish) {
                                return reply(encode_answer(fail(std::move(wish.error()))));
                            }
                            runner.run(std::move(*wish), reply);
                        });
}

}  // namespace vigie::controller
