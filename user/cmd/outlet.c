// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/outlet.h"

#include "cmd/analyse.h"
#include "cmd/broker.h"
#include "cmd/outdir.h"
#include "cmd/outfile.h"
#include "export/export.h"

int outlet__open(struct outlet *p, const struct analyse_target *what)
{
	const struct export_directory *directory = what->exporter->directory;
	int rc;

	*p = (struct outlet){.what = what, .stream = what->stream};
	if (!what->path)
		return 0;
	if (directory)
		return outdir__open(what->path, directory, &p->dir, &p->err);
	rc = outfile__open(what->path, &p->file, &p->err);
	if (!rc)
		p->stream = outfile__stream(p->file);
	return rc;
}

bool outlet__is_unnamed(const struct outlet *p)
{
	return p->dir || (p->file && outfile__regular(p->file));
}

static void forget(struct outlet *p)
{
	p->file = NULL;
	p->dir = NULL;
	p->stream = NULL;
}

/* What was made stays as it is. */
static void release(struct outlet *p)
{
	outfile__release(p->file);
	outdir__release(p->dir);
	forget(p);
}

static int commit_by_broker(struct outlet *p, struct error *err)
{
	int rc = p->file ? outfile__close(p->file) : 0;

	if (rc)
		error__errno(err, rc, "cannot write %s", p->what->path);
	else
		rc = broker__name(p->broker, p->number, err);
	release(p);
	return rc;
}

int outlet__commit(struct outlet *p, struct error *err)
{
	struct outfile *file = p->file;
	struct outdir *dir = p->dir;
	int rc = 0;

	if (p->broker && outlet__is_unnamed(p))
		return commit_by_broker(p, err);
	if (file || dir)
		forget(p);
	if (file)
		rc = outfile__commit(file, false, err);
	if (dir)
		rc = outdir__commit(dir, err);
	return rc;
}

void outlet__close(struct outlet *p)
{
	if (p->broker && outlet__is_unnamed(p)) {
		release(p);
		return;
	}
	outfile__abandon(p->file);
	outdir__abandon(p->dir);
	forget(p);
}
