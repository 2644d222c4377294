// SPDX-License-Identifier: GPL-2.0-only
/* Demangling; names of generated code and of the kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "symbol/demangle.h"
#include "symbol/kallsyms.h"
#include "symbol/perfmap.h"

#define SIZE(array) (sizeof(array) / sizeof(*(array)))

/* Names out of programs that GCC 12, clang 14 and rustc 1.63 made, and what c++filt says. */
static const struct {
	const char *name, *want;
} names[] = {
	{"main", "main"},
	{"", ""},
	{"_", "_"},
	{"_Z", "_Z"},
	{"_R", "_R"},
	{"pthread_mutex_lock@@GLIBC_2.2.5", "pthread_mutex_lock"},
	{"@nothing", "@nothing"},
	{"copy.part.0", "copy"},
	{"copy.constprop.0.isra.0", "copy"},
	{"main.worker", "main.worker"},
	{"main.clone", "main.clone"},
	{"main.cold", "main.cold"},
	{"main.part", "main.part"},
	{"sync.(*Mutex).Lock", "sync.(*Mutex).Lock"},
	{"_ZNSt5mutex4lockEv", "std::mutex::lock()"},
	{"_ZN3app4takeEv.cold", "app::take()"},
	{"_ZN3app5QueueIlE3popEl", "app::Queue<long>::pop(long)"},
	{"_ZZ4mainENKUlvE_clEv", "main::{lambda()#1}::operator()() const"},
	{"_ZZ4mainE4lock", "main::lock"},
	{"_ZN3app", "_ZN3app"},
	{"_ZN999999999999999999999appE", "_ZN999999999999999999999appE"},
	{"_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write"},
	{"_ZN4core3fmt5write17h0123456789abcdefE.llvm.12345", "core::fmt::write"},
	{"_ZN3std2rt10lang_start28_$u7b$$u7b$closure$u7d$$u7d$17h41a0a0a0a0a0a0a0E",
	 "std::rt::lang_start::{{closure}}"},
	{"_ZN4core3ptr131drop_in_place$LT$alloc..boxed..Box$LT$dyn$u20$core..ops..function"
	 "..FnOnce$LT$$LP$$RP$$GT$$u2b$Output$u20$$u3d$$u20$$LP$$RP$$GT$$GT$17hd172c4c59984287eE",
	 "core::ptr::drop_in_place<alloc::boxed::Box<dyn core::ops::function::FnOnce<()>+Output = "
	 "()>>"},
	{"_ZN3std2io5stdio19OUTPUT_CAPTURE_USED17h39e9e3e6024dec58E.0",
	 "std::io::stdio::OUTPUT_CAPTURE_USED"},
	{"_RINvCs1_1a1fKnn80000000000000000000000000000000_Kna_KhA_E",
	 "_RINvCs1_1a1fKnn80000000000000000000000000000000_Kna_KhA_E"},
	{"_RINvCs1_1a1fKnn80000000000000000000000000000000_Klna_Kha_Kb1_E",
	 "a::f::<-0x80000000000000000000000000000000, -10, 10, true>"},
	{"_RC0", "_RC0"}, /* it has no name to show */
	{"_RNvCsi7GFBnvyxwE_1r4main", "r::main"},
	{"_RINvNtNtCsi7GFBnvyxwE_1r4deep2er4holdmEB6_", "r::deep::er::hold::<u32>"},
	{"_RINvNtNtCsdyIG5SqMl5y_3std10sys_common9backtrace28___rust_begin_short_backtraceFEuuECsi"
	 "7GFBnvyxwE_1r",
	 "std::sys_common::backtrace::__rust_begin_short_backtrace::<fn(), ()>"},
	{"_RNCINvNtCsdyIG5SqMl5y_3std2rt10lang_startuE0Csi7GFBnvyxwE_1r",
	 "std::rt::lang_start::<()>::{closure#0}"},
	{"_RNvNtNtCs1234_7mycrate3foo3bar3baz", "mycrate::foo::bar::baz"},
	{"_RNvMs_NtCs1_1a1bNtB4_4Type3new", "<a::b::Type>::new"},
	{"_RNvXs0_Cs1_1aNtB5_4TypeNtNtCs2_4core5clone5Clone5clone",
	 "<a::Type as core::clone::Clone>::clone"},
	{"_RINvCs1_1a1fRSjQAhj10_TmPxEDNtB2_5TraitEL_KC41_E",
	 "_RINvCs1_1a1fRSjQAhj10_TmPxEDNtB2_5TraitEL_KC41_E"},
	{"_RINvCs1_1a1fRSjQAhj10_TmPxEDNtB2_5TraitEL_Kc41_E",
	 "a::f::<&[usize], &mut [u8; 16], (u32, *const i64), dyn a::Trait, 'A'>"},
};

static void test_demangle(void **state)
{
	struct strbuf out = {0};
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(names); i++) {
		strbuf__reset(&out);
		strbuf__puts(&out, "> ");
		demangle(&out, names[i].name);
		assert_string_equal(strbuf__text(&out) + 2, names[i].want);
	}
	strbuf__free(&out);
}

/* Names that stand for very long ones, or nest very deep, come back short and soon. */
static void test_demangle_bombs(void **state)
{
	static char deep[8192];
	struct strbuf out = {0};
	size_t i, len;

	(void)state;
	/* Each S<n>_ names a pair of the one before: 2 to the 40th. */
	len = (size_t)snprintf(deep, sizeof(deep), "_Z1f1pIccE");
	for (i = 0; i < 36; i++)
		len += (size_t)snprintf(deep + len, sizeof(deep) - len, "S_IS%c_S%c_E",
					i < 10 ? (char)('0' + i) : (char)('A' + i - 10),
					i < 10 ? (char)('0' + i) : (char)('A' + i - 10));
	demangle(&out, deep);
	assert_true(out.len <= 5000);

	memcpy(deep, "_RINvC1a1f", 10);
	memset(deep + 10, 'R', 1500);
	memcpy(deep + 1510, "mE", 3);
	strbuf__reset(&out);
	demangle(&out, deep);
	assert_true(out.len <= 5000);

	/* Tuples of back references to the tuple before. */
	len = (size_t)snprintf(deep, sizeof(deep), "_RINvC1a1fTmmE");
	for (i = 0; i < 26; i++)
		len += (size_t)snprintf(deep + len, sizeof(deep) - len, "TB%c_B%c_E",
					(char)('a' + (i % 26)), (char)('a' + (i % 26)));
	snprintf(deep + len, sizeof(deep) - len, "E");
	strbuf__reset(&out);
	demangle(&out, deep);
	assert_true(out.len <= 5000);

	memset(deep, 'x', sizeof(deep) - 1);
	strbuf__reset(&out);
	demangle(&out, deep);
	assert_true(out.len < 3000);
	assert_string_equal(out.text + out.len - 3, "...");
	memcpy(deep, "_ZN", 3);
	memset(deep + 3, 'P', 2000);
	deep[2003] = '\0';
	strbuf__reset(&out);
	demangle(&out, deep);
	strbuf__free(&out);
}

/* No damage to a name is more than another name. */
static void test_demangle_damaged(void **state)
{
	struct strbuf out = {0};
	char copy[512];
	uint64_t seed = 1;
	size_t i, k, len;

	(void)state;
	for (i = 0; i < 30000; i++) {
		len = (size_t)snprintf(copy, sizeof(copy), "%s", names[i % SIZE(names)].name);
		for (k = 0; len > 2 && k < 3; k++) {
			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
			copy[2 + (seed >> 33) % (len - 2)] =
				names[seed % SIZE(names)].name[0] == '_'
					? "_sBEGINRLTK019u"[seed >> 60]
					: (char)(seed >> 24 | 1);
		}
		if (i % 4 == 0 && len > 2)
			copy[2 + (seed >> 40) % (len - 2)] = '\0';
		strbuf__reset(&out);
		demangle(&out, copy);
		assert_true(out.len < 5000);
	}
	strbuf__free(&out);
}

static void test_perf_map(void **state)
{
	static const char text[] = "7f0000001000 100 LMain;->run\n"
				   "0x7f0000002000 0x80 with blanks in it \n"
				   "7f0000001000 100 again\n"
				   "7f0000001080 10 inner\n"
				   "zzz 10 no\n\n10\n20 30\n20 30 \n"
				   "ffffffffffffffff 10 over\n"
				   "123456789012345678 10 too long\n"
				   "30 0 empty\n"
				   "7f0000003000 10 last";
	struct perfmap *map = perfmap__parse(text, sizeof(text) - 1);

	(void)state;
	assert_non_null(map);
	assert_string_equal(perfmap__find(map, 0x7f0000001000), "again");
	assert_string_equal(perfmap__find(map, 0x7f0000001085), "inner");
	assert_string_equal(perfmap__find(map, 0x7f00000010ff), "again");
	assert_null(perfmap__find(map, 0x7f0000001100));
	assert_string_equal(perfmap__find(map, 0x7f000000207f), "with blanks in it ");
	assert_string_equal(perfmap__find(map, 0x7f000000300f), "last");
	assert_null(perfmap__find(map, 0x25));
	assert_null(perfmap__find(map, 0x30));
	assert_null(perfmap__find(map, UINT64_MAX));
	perfmap__free(map);
	map = perfmap__parse("", 0);
	assert_non_null(map);
	assert_null(perfmap__find(map, 0));
	perfmap__free(map);
	perfmap__free(NULL);
}

static void test_kallsyms(void **state)
{
	static const char text[] = "ffffffff81000000 T _stext\n"
				   "ffffffff81000000 t alias\n"
				   "ffffffff81000100 t do_work\n"
				   "ffffffffc0001000 t in_module\t[ext4]\n"
				   "ffffffff82000000 runqueue_lock\n"
				   "not a line\nffffffff83000000\nffffffff83000000 \n"
				   "ffffffff84000000 n [m]";
	struct kallsyms *k = kallsyms__parse(text, sizeof(text) - 1);
	uint64_t offset = 0;

	(void)state;
	assert_non_null(k);
	assert_null(kallsyms__find(k, 0xffffffff80ffffff, &offset));
	assert_string_equal(kallsyms__find(k, 0xffffffff81000010, &offset), "_stext");
	assert_int_equal(offset, 0x10);
	assert_string_equal(kallsyms__find(k, 0xffffffff81000100, &offset), "do_work");
	assert_int_equal(offset, 0);
	assert_string_equal(kallsyms__find(k, 0xffffffff82000008, &offset), "runqueue_lock");
	assert_string_equal(kallsyms__find(k, 0xffffffff84000000, &offset), "n");
	assert_string_equal(kallsyms__find(k, 0xffffffffc0001004, &offset), "in_module");
	kallsyms__free(k);
	k = kallsyms__parse("", 0);
	assert_non_null(k);
	assert_null(kallsyms__find(k, 1, &offset));
	kallsyms__free(k);
	kallsyms__free(NULL);
	/* Whether the running kernel's can be read depends on who asks. */
	k = kallsyms__running();
	if (k)
		assert_non_null(kallsyms__find(k, UINT64_MAX, &offset));
	kallsyms__free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_demangle),	 cmocka_unit_test(test_demangle_bombs),
		cmocka_unit_test(test_demangle_damaged), cmocka_unit_test(test_perf_map),
		cmocka_unit_test(test_kallsyms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
