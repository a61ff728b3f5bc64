// Text that is overwritten before its memory is given back: secret keys and tokens. It cannot be printed or logged by
// accident, since only reveal() shows it.
#pragma once
#include <string>
#include <string_view>

namespace vigie {

// Overwrites the whole capacity and empties the text. The compiler cannot drop it.
void wipe(std::string& text);

class Secret {
  public:
    Secret() = default;
    // Takes over the text and wipes what the move leaves behind.
    explicit Secret(std::string&& text);
    Secret(const Secret& other) = default;
    Secret(Secret&& other) noexcept;
    Secret& operator=(const Secret& other);
    Secret& operator=(Secret&& other) noexcept;
    ~Secret();

    const std::string& reveal() const { return text_; }
    bool is_empty() const { return text_.empty(); }

  private:
    std::string text_;
};

}  // namespace vigie
