// What a step of sealing gives.
#pragma once
#include <atomic>
#include <string>

#include "controller/store/block_rows.hpp"

namespace vigie::controller {

struct SealedPiece {
    Tier tier = Tier::raw;
    StoreBatch batch{};
    size_t hosts = 0;
    size_t samples = 0;
    // Of a coarser tier: how often something of the finer one is damaged and so left out, and what it was first. Told
    // before the batch is committed, since no later step looks there again.
    size_t passed_over = 0;
    std::string first_passed_over{};

    void pass_over(const Error& error, const AgentId& agent) {
        if (passed_over++ == 0) {
            first_passed_over = error.at(agent.value).message;
        }
    }
};

// Another thread may set it: a step then ends before its next host, as `cancelled`.
using Cancelled = std::atomic<bool>;

inline Result<void> check_cancelled(const Cancelled* cancelled) {
    return cancelled != nullptr && *cancelled ? Result<void>(fail(ErrorCode::cancelled, "the controller ends"))
                                              : Result<void>();
}

}  // namespace vigie::controller
