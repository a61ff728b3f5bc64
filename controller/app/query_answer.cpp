#include "controller/app/query_answer.hpp"

#include "controller/operator/requests.hpp"
#include "controller/web/value_json.hpp"

namespace vigie::controller {
namespace {

Result<std::string> evaluate(const StateStore& store, const Clock& clock, const QueryWish& wish,
                             const QueryLimits& limits, const std::atomic<bool>& cancelled) {
    const auto expression = query::Expression::parse(wish.expr);
    if (!expression) {
        return fail(query::to_error(expression.error(), wish.expr));
    }
    QueryTimes times{.from = wish.at, .to = wish.at};
    if (wish.since.count() > 0) {
        times = {.from = wish.at - wish.since, .to = wish.at, .step = wish.step};
    }
    VIGIE_TRY(const auto value, evaluate_stored(store, *expression, times, limits,
                                                {.clock = clock, .cancelled = cancelled, .time_max = wish.timeout}));
    return web::result_json(value, wish.at);
}

}  // namespace

std::string answer_query(const StateStore& store, const Clock& clock, const QueryWish& wish, const QueryLimits& limits,
                         const std::atomic<bool>& cancelled) {
    auto result = evaluate(store, clock, wish, limits, cancelled);
    if (result) {
        return R"({"result":)" + *result + "}";
    }
    // A limit of ours like the others: `timed_out` would say that the controller does not answer.
    if (result.error().code == ErrorCode::timed_out) {
        result.error().code = ErrorCode::too_large;
    }
    return encode_answer(fail(std::move(result.error())));
}

}  // namespace vigie::controller
