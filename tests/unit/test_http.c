/* SPDX-License-Identifier: ISC */
/* spawnctl metrics --http: what a request gets, whole, cut short and damaged. */
/* link: spawnd/ctl/http.c */
#include "ctl/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int judge(const char *request)
{
	bool head;

	return http_judge(request, strlen(request), &head);
}

static void test_requests(void **state)
{
	assert_int_equal(judge("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
	assert_int_equal(judge("GET /metrics HTTP/1.0\n\n"), 200);
	assert_int_equal(judge("GET /metrics?a=b HTTP/1.1\r\n\r\n"), 200);
	assert_int_equal(judge("GET / HTTP/1.1\r\n\r\n"), 404);
	assert_int_equal(judge("GET /metricsx HTTP/1.1\r\n\r\n"), 404);
	assert_int_equal(judge("GET ?/metrics HTTP/1.1\r\n\r\n"), 404);
	assert_int_equal(judge("PUT /metrics HTTP/1.1\r\n\r\n"), 405);
	assert_int_equal(judge("get /metrics HTTP/1.1\r\n\r\n"), 405);
	assert_int_equal(judge("GET /metrics HTTP/3.0\r\n\r\n"), 505);
	assert_int_equal(judge("GET /metrics HTTP/1.1 \r\n\r\n"), 400);
	assert_int_equal(judge("GET /metrics HTTP/1.10\r\n\r\n"), 400);
	assert_int_equal(judge(" GET /metrics HTTP/1.1\r\n\r\n"), 400);
	assert_int_equal(judge("GET /metrics\r\n\r\n"), 400);
	assert_int_equal(judge("\r\n\r\n"), 400);
	assert_int_equal(judge(""), 0);
}

static void test_cut_short(void **state)
{
	static const char request[] = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
	char *bytes;
	bool head;

	for (size_t size = 0; size < sizeof(request) - 1; size++) {
		bytes = malloc(size + 1); /* exactly as large: valgrind sees who reads beyond */
		memcpy(bytes, request, size);
		assert_int_equal(http_judge(bytes, size, &head), 0);
		free(bytes);
	}
}

static void test_damaged(void **state)
{
	static const char request[] = "HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
	char bytes[sizeof(request)];
	bool head;
	int status;

	srandom(1);
	assert_int_equal(http_judge(request, sizeof(request) - 1, &head), 200);
	assert_true(head);
	for (int i = 0; i < 20000; i++) {
		memcpy(bytes, request, sizeof(request));
		for (int hits = 0; hits < 3; hits++)
			bytes[random() % (long)sizeof(request)] = (char)random();
		status = http_judge(bytes, sizeof(request) - 1, &head);
		assert_true(status == 0 || status == 200 || status == 400 || status == 404 ||
			    status == 405 || status == 505);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
