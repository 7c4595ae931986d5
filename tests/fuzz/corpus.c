/* SPDX-License-Identifier: ISC */
/*
 * Writes the first inputs of all fuzzers: corpus DIRECTORY makes DIRECTORY/TARGET/NAME, and
 * DIRECTORY/config.dict, libFuzzer's dictionary of the configuration.
 */
#include "seeds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static FILE *create(const char *directory, const char *target, const char *name)
{
	char path[4096];
	FILE *stream;

	snprintf(path, sizeof(path), "%s/%s", directory, target);
	if (*name && mkdir(path, 0755) < 0 && errno != EEXIST)
		perror(path);
	snprintf(path, sizeof(path), "%s/%s%s%s", directory, target, *name ? "/" : "", name);
	stream = fopen(path, "w");
	if (stream)
		return stream;
	perror(path);
	exit(111);
}

static void finish(FILE *stream)
{
	if (ferror(stream) || fclose(stream) != 0)
		exit(111);
}

static void write_seed(void *directory, const char *target, const char *name, const void *bytes,
		       size_t size)
{
	FILE *stream = create(directory, target, name);

	fwrite(bytes, 1, size, stream);
	finish(stream);
}

static void write_word(void *stream, const char *word)
{
	fputc('"', stream);
	for (; *word; word++)
		fprintf(stream, *word == '"' || *word == '\\' ? "\\%c" : "%c", *word);
	fputs("\"\n", stream);
}

int main(int argc, char **argv)
{
	FILE *dictionary;

	if (argc != 2) {
		fprintf(stderr, "usage: corpus DIRECTORY\n");
		return 100;
	}
	seeds_each(write_seed, argv[1]);
	dictionary = create(argv[1], "config.dict", "");
	seeds_words(write_word, dictionary);
	finish(dictionary);
	return 0;
}
