// SPDX-License-Identifier: GPL-2.0-only
#include "export/text_fair.h"

size_t fair__choose(const double *ns, double *owed, size_t n)
{
	const double *wanted = owed ? owed : ns;
	size_t i, most = n;
	double all = 0;

	for (i = 0; i < n; i++) {
		all += ns[i];
		if (owed)
			owed[i] += ns[i];
		if (ns[i] > 0 && (most == n || wanted[i] > wanted[most]))
			most = i;
	}
	if (owed && most < n)
		owed[most] -= all;
	return most;
}
