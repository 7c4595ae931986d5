/* SPDX-License-Identifier: ISC */
/*
 * Writes the fuzzer's first inputs into a directory, from the directive table: one file for each
 * directive, with its example in the section where it belongs, and a dictionary of the names.
 */
#include "config/config.h"

#include <stdio.h>
#include <string.h>

static FILE *create(const char *directory, const char *section, const char *name)
{
	char path[4096];
	FILE *stream;

	snprintf(path, sizeof(path), "%s/%s%s%s", directory, section, *section ? "." : "", name);
	stream = fopen(path, "w");
	if (!stream)
		perror(path);
	return stream;
}

static int write_seed(const char *directory, const struct directive_info *info)
{
	FILE *stream = create(directory, info->section, info->name);

	if (!stream)
		return -1;
	if (strcmp(info->section, "spawnd") == 0)
		fprintf(stream, "[spawnd]\n%s=%s\n", info->name, info->example);
	fprintf(stream, "[defaults]\n");
	if (strcmp(info->section, "service") == 0 && !info->service_only)
		fprintf(stream, "%s=%s\n", info->name, info->example);
	fprintf(stream, "[service echo]\nListenStream=7\nRootDirectory=/srv/echo\n"
			"ExecStart=/bin/cat\n");
	if (strcmp(info->section, "service") == 0)
		fprintf(stream, "%s=\n%s=%s\n", info->name, info->name, info->example);
	return fclose(stream);
}

static void write_word(FILE *stream, const char *word)
{
	fputc('"', stream);
	for (; *word; word++)
		fprintf(stream, *word == '"' || *word == '\\' ? "\\%c" : "%c", *word);
	fputs("\"\n", stream);
}

int main(int argc, char **argv)
{
	const struct directive_info *info;
	FILE *dictionary;

	if (argc != 3) {
		fprintf(stderr, "usage: corpus DIRECTORY DICTIONARY\n");
		return 100;
	}
	dictionary = fopen(argv[2], "w");
	if (!dictionary) {
		perror(argv[2]);
		return 111;
	}
	for (size_t i = 0; (info = directive_at(i)); i++) {
		char word[128];

		if (write_seed(argv[1], info) != 0)
			return 111;
		snprintf(word, sizeof(word), "%s=", info->name);
		write_word(dictionary, word);
		write_word(dictionary, info->example);
	}
	write_word(dictionary, "[service ");
	write_word(dictionary, "[defaults]");
	write_word(dictionary, "[spawnd]");
	return fclose(dictionary) == 0 ? 0 : 111;
}
