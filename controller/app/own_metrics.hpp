// What the controller tells of itself at /metrics.
#pragma once
#include "controller/app/answers.hpp"
#include "controller/app/commit_meter.hpp"
#include "controller/app/query_runner.hpp"
#include "controller/link/link_thread.hpp"
#include "controller/web/front.hpp"
#include "controller/web/http_server.hpp"

namespace vigie::controller {

// Beside what answers are made from. Everything outlives the metrics.
struct OwnMetricsSources {
    const Sources& answers;
    const CommitMeter& commits;
    const QueryRunner& queries;
    std::function<LinkThread::Counts()> link;
    std::function<size_t()> commits_queued;
    std::function<web::FrontCounts()> front;
    std::function<web::HttpCounts()> http;
    std::string store_folder;
};

// Called on the loop; what it gives is called on any thread, and reads files and the store.
std::function<std::vector<web::MetricFamily>()> own_metrics(const OwnMetricsSources& sources);

// process_*, as Prometheus' client libraries have them: of proc(5). Any thread.
std::vector<web::MetricFamily> process_metrics();

}  // namespace vigie::controller
