// The API over a store in memory, with two hosts of some series.
#pragma once
#include <nlohmann/json.hpp>

#include "controller/web/prometheus_api.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/unit/controller/series/stored.hpp"

namespace vigie::tests {

using Json = nlohmann::json;

struct ApiWorld : Stored {
    ManualClock clock;
    std::atomic<bool> cancelled = false;
    controller::web::ApiLimits limits;
    controller::web::RulesSource rules;

    // load of web-1 at 1000 s, 1010 s and 1020 s; of db-1 at 1000 s only; node_boot_time_seconds of web-1.
    ApiWorld() {
        add_series(1, "web-1", "load");
        add_series(2, "db-1", "load{disk=\"a\"}");
        add_series(3, "web-1", "node_boot_time_seconds");
        for (const auto at : {1000s, 1010s, 1020s}) {
            add_row("web-1", WallTime{at}, {1, 3}, {static_cast<double>(at.count()) / 1000, 7});
        }
        add_row("db-1", WallTime{1000s}, {2}, {4});
    }

    using Answer = controller::web::ApiResult<controller::web::HttpResponse> (controller::web::PrometheusApi::*)(
        const controller::web::ApiCall&, const std::atomic<bool>&) const;
    controller::web::ApiResult<controller::web::HttpResponse> ask(Answer answer, std::string_view form,
                                                                  std::string label = {}) {
        const controller::web::PrometheusApi api(store, clock, limits, rules);
        return (api.*answer)(
            {.form = controller::web::parse_form(form).value(), .label = std::move(label), .taken_at = clock.mono()},
            cancelled);
    }
    Json data(Answer answer, std::string_view form, std::string label = {}) {
        const auto response = ask(answer, form, std::move(label));
        BOOST_REQUIRE(response.has_value());
        const auto body = Json::parse(response->body);
        BOOST_TEST(body["status"] == "success");
        return body["data"];
    }
    // "422 execution: why".
    std::string problem(Answer answer, std::string_view form, std::string label = {}) {
        const auto response = ask(answer, form, std::move(label));
        BOOST_REQUIRE(!response.has_value());
        const auto& error = response.error();
        return fmt::format("{} {}: {}", status_of(error.kind), name_of(error.kind), error.message);
    }
};

}  // namespace vigie::tests
