// The tables of trace.db, format 1; docs/formats.md describes them column by column. What is the same in
// every repetition of a run is `exact`; what differs (time, host, checksums that cover them) is `volatile`.
// The table `columns` says which is which inside the file.
#pragma once

#include <cstdint>
#include <string_view>

namespace ascender {

inline constexpr int64_t kTraceApplicationId = 0x41736354;  // "AscT"
inline constexpr int64_t kTraceVersion = 1;

// Creates the tables in one transaction: a file killed here is empty or whole.
extern const char* const kTraceSchema;

// Checksums of rows: 32 bits of xxh64 over the row's fields. A page of SQLite outside its log has none.
int64_t scalar_sum(int64_t branch, int64_t step, int64_t metric, uint64_t bits, int64_t wall_us);
int64_t metric_sum(int64_t id, std::string_view name, std::string_view labels, bool is_volatile);
int64_t event_sum(int64_t branch, int64_t step, std::string_view kind, std::string_view text,
                  int64_t wall_us);
int64_t branch_sum(int64_t id, int64_t parent, int64_t step);

}  // namespace ascender
