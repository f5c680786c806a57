# Read after llm.c's Makefile, in its folder: make -C LLMC -f Makefile -f llmc.mk DRIVER=llmc_step.c PROGRAM=FILE
.DEFAULT_GOAL := $(PROGRAM)
$(PROGRAM): $(DRIVER) train_gpt2.c
	$(CC) $(CFLAGS) -I. $(INCLUDES) $(LDFLAGS) $< $(LDLIBS) -o $@
