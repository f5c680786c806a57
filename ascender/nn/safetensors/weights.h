// A model's weights in and out as safetensors, under the model's own parameter names: those of Hugging Face
// for GPT-2.
#pragma once

#include <filesystem>

#include "ascender/nn/parameters.h"
#include "ascender/nn/safetensors/safetensors.h"

namespace ascender {

// Copies every parameter from the file. F32, F64, F16 and BF16 are converted to the model's type. A name may
// have the prefix `transformer.`; GPT-2's buffers (attn.bias, attn.masked_bias) are passed over; so is
// lm_head.weight where the model's head is its token table, if both hold the same bytes. InputError tells
// everything at once: what is missing, what is unknown, what has another shape or type; then no parameter was
// changed.
void load_weights(const SafetensorsFile& file, Parameters& parameters);

// Writes every parameter; metadata {"format": "pt"}, which the transformers package asks for.
void save_weights(const Parameters& parameters, const std::filesystem::path& path);

}  // namespace ascender
