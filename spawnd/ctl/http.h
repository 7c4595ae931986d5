/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CTL_HTTP_H
#define SPAWND_CTL_HTTP_H

/*
 * One HTTP request, as much of it as an endpoint for metrics needs: GET and HEAD of /metrics
 * (RFC 9110, 9112). Headers are not looked at, and there is one answer for each connection.
 */
#include <stdbool.h>
#include <stddef.h>

#define HTTP_REQUEST_MAX 8192

/* The status that a request of these bytes gets: 200, 400, 404, 405, 505; 0: it is not complete. */
int http_judge(const char *bytes, size_t size, bool *head);

/*
 * Reads a request from standard input; 200, or what is wrong: 400, 404, 405, 408, 431, 505; 0: the
 * client has gone without one.
 */
int http_read(bool *head);

/* Answers on standard output. type NULL: a text that names the status. */
void http_answer(int status, bool head, const char *type, const char *body, size_t size);

#endif
