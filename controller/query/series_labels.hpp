// The labels of a series during a query: views into the source's memory or into the query's arena, never copied from
// step to step.
#pragma once
#include <memory_resource>
#include <span>
#include <string_view>
#include <vector>

namespace vigie::controller::query {

struct Label {
    std::string_view name;
    std::string_view value;
    bool operator==(const Label&) const = default;
};

// Sorted by name, each name once, no value empty: a label without a value is a label that is not there.
class SeriesLabels {
  public:
    SeriesLabels() = default;
    explicit SeriesLabels(std::span<const Label> sorted) : all_(sorted) {}

    std::span<const Label> all() const { return all_; }
    bool empty() const { return all_.empty(); }
    // "" when there is none of this name.
    std::string_view value_of(std::string_view name) const;
    uint64_t hash() const;

    friend bool operator==(const SeriesLabels& a, const SeriesLabels& b) {
        return a.all_.data() == b.all_.data() ? a.all_.size() == b.all_.size()
                                              : std::equal(a.all_.begin(), a.all_.end(), b.all_.begin(), b.all_.end());
    }
    // By names and values in turn, a set before what it is the beginning of.
    friend bool operator<(const SeriesLabels& a, const SeriesLabels& b);

  private:
    std::span<const Label> all_;
};

struct HashOfLabels {
    size_t operator()(const SeriesLabels& labels) const { return labels.hash(); }
};

// {a="b", c="d"}, for errors: cut where it is too long to be read.
std::string text_of(const SeriesLabels& labels);

// Owns the labels and texts that a query makes, until it ends.
class LabelArena {
  public:
    std::string_view keep(std::string_view text);
    SeriesLabels keep(std::span<const Label> sorted);
    // Of all that was kept.
    size_t bytes() const { return bytes_; }

  private:
    size_t bytes_ = 0;
    std::pmr::monotonic_buffer_resource memory_;
};

// Changes a label set; its space is used again.
class LabelEdit {
  public:
    void start(const SeriesLabels& labels);
    void start_empty() { labels_.clear(); }
    // An empty value takes the label away. The texts must outlive the result.
    void set(std::string_view name, std::string_view value);
    void erase(std::string_view name) { set(name, {}); }
    void erase(std::span<const std::string> sorted_names);
    void keep_only(std::span<const std::string> sorted_names);
    std::span<const Label> labels() const { return labels_; }

  private:
    std::vector<Label> labels_;
};

// Without __name__. Most often the first label, so that nothing is copied.
SeriesLabels without_name(const SeriesLabels& labels, LabelArena& arena);

bool is_label_name(std::string_view name);

}  // namespace vigie::controller::query
