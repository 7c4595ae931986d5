/* SPDX-License-Identifier: ISC */
/* loop/admission: never one more than the limit, whatever the order of coming and going. */
/* link: spawnd/loop/admission.c */
#include "loop/admission.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void each_limit_has_its_verdict(void **state)
{
	struct admission admission = { .service_limit = 2, .daemon_limit = 5 };
	struct verdict verdict;

	assert_int_equal(admission_check(&admission).code, VERDICT_ADMITTED);
	admission.service_live = admission.daemon_live = 1;
	assert_int_equal(admission_check(&admission).code, VERDICT_ADMITTED);
	admission.service_live = 2;
	verdict = admission_check(&admission);
	assert_int_equal(verdict.code, VERDICT_SERVICE_FULL);
	assert_int_equal(verdict.live, 2);
	assert_int_equal(verdict.limit, 2);
	admission.service_live = 0;
	admission.daemon_live = 5;
	verdict = admission_check(&admission);
	assert_int_equal(verdict.code, VERDICT_DAEMON_FULL);
	assert_int_equal(verdict.limit, 5);
	for (int code = 0; code < VERDICT_CODES; code++)
		assert_non_null(verdict_name((enum verdict_code)code));
}

static void never_one_more(void **state)
{
	enum { SERVICES = 3, STEPS = 50000 };
	static const uint32_t limits[SERVICES] = { 1, 7, 20 };
	uint32_t live[SERVICES] = { 0 }, all = 0;

	srand(3);
	for (int step = 0; step < STEPS; step++) {
		int service = rand() % SERVICES;
		struct admission admission = { .service_live = live[service],
					       .service_limit = limits[service],
					       .daemon_live = all,
					       .daemon_limit = 15 };

		if (rand() % 3) {
			bool wanted = live[service] < limits[service] && all < 15;

			assert_int_equal(admission_check(&admission).code == VERDICT_ADMITTED,
					 wanted);
			live[service] += wanted;
			all += wanted;
		} else if (live[service] > 0) {
			live[service]--;
			all--;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_limit_has_its_verdict),
		cmocka_unit_test(never_one_more),
	};

	return cmocka_run_group_tests_name("admission", tests, NULL, NULL);
}
