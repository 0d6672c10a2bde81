## SPDX-License-Identifier: BSD-3-Clause
##
## The math source (headers only; users include math_source.h) and its bitcode: math_fma.bc (x86-64 v3, v4) and
## math_soft.bc (v1, v2): bitcode with every function in every vector size, for the JIT; see
## math_bitcode.c.  Needs CLANG and LLVM_BINDIR (SHARR_LLVM).
MATH_FILES = \
	src/kernel/math_angle.h \
	src/kernel/math_arc_t.h src/kernel/math_area_t.h \
	src/kernel/math_carc_t.h src/kernel/math_cexp_t.h src/kernel/math_clog_t.h \
	src/kernel/math_complex.h src/kernel/math_complex_t.h \
	src/kernel/math_constants.h \
	src/kernel/math_cpow.h \
	src/kernel/math_each.h \
	src/kernel/math_elementary.h \
	src/kernel/math_erf_t.h \
	src/kernel/math_exp_t.h \
	src/kernel/math_fma.h src/kernel/math_fma_t.h \
	src/kernel/math_fmod.h \
	src/kernel/math_hypot.h \
	src/kernel/math_hyper_t.h \
	src/kernel/math_log_t.h \
	src/kernel/math_next_t.h \
	src/kernel/math_ops_t.h \
	src/kernel/math_pair_t.h \
	src/kernel/math_philox.h \
	src/kernel/math_pow.h src/kernel/math_pow_t.h \
	src/kernel/math_rem_t.h \
	src/kernel/math_round_t.h \
	src/kernel/math_softfma.h \
	src/kernel/math_source.h \
	src/kernel/math_trig_t.h \
	src/kernel/math_vec.h \
	src/kernel/math_x86.h
EXTRA_DIST += $(MATH_FILES) src/kernel/math_bitcode.c

MATH_CLANG = $(CLANG) -std=gnu11 -O2 -march=x86-64-v4 -ffp-contract=off -fno-math-errno \
	-fno-trapping-math -fno-vectorize -fno-slp-vectorize -fno-strict-aliasing -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-ident -I$(top_srcdir)/src -emit-llvm -c
MATH_BITCODE = src/kernel/math_fma.bc src/kernel/math_soft.bc

$(MATH_BITCODE): src/kernel/math_bitcode.c $(MATH_FILES)
	$(AM_V_GEN)$(MKDIR_P) src/kernel; soft=0; case $@ in *soft*) soft=1;; esac; \
	for bytes in 8 16 32 64; do \
	    $(MATH_CLANG) -DMATH_BYTES=$$bytes -DMATH_SOFT_FMA=$$soft -o $@.$$bytes \
	        $(top_srcdir)/src/kernel/math_bitcode.c || exit 1; \
	done; \
	$(LLVM_BINDIR)/llvm-link -o $@ $@.8 $@.16 $@.32 $@.64 && rm -f $@.8 $@.16 $@.32 $@.64
CLEANFILES += $(MATH_BITCODE)
