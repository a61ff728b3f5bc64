// The identity's keys as the link uses them: the host's own and the controller's, changed as the controller asks.
// Writes and syncs a small file now and then on the loop's thread, some milliseconds a rotation.
#pragma once
#include "agent/link/host_keys.hpp"
#include "agent/link/link_keys.hpp"
#include "agent/link/pinned_keys.hpp"

namespace vigie::agent {

class IdentityKeys final : public LinkKeys {
  public:
    // Keeps `files`. Fails as HostKeys::open does.
    static Result<IdentityKeys> open(Files& files, const std::string& folder, Identity identity);

    const protocol::KeyPair& own() const override { return host_.offered(); }
    const std::string& controller() const override { return pinned_.offered(); }
    void on_not_shaken() override { pinned_.on_not_shaken(); }
    bool on_refused() override { return host_.on_refused(); }
    Answer on_established() override;
    Answer on_told(const protocol::KeyMessage& message) override;

    // Reads again which controller is trusted, as after trust_controller.
    void reload_pinned(Identity identity) { pinned_ = PinnedKeys::open(*files_, folder_, std::move(identity)); }

  private:
    IdentityKeys(Files& files, std::string folder, HostKeys host, PinnedKeys pinned)
        : files_(&files), folder_(std::move(folder)), host_(std::move(host)), pinned_(std::move(pinned)) {}
    Answer on_change(const protocol::KeyChange& change);
    Answer make();

    Files* files_;
    std::string folder_;
    HostKeys host_;
    PinnedKeys pinned_;
};

}  // namespace vigie::agent
