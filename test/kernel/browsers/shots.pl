# SPDX-License-Identifier: MIT
# shots.pl FOLDER: takes the screen's picture again and again, until the row of squares of page.html says that it is the last.
# Each time the squares name a picture, it is kept as FOLDER/NUMBER.ppm; a later one takes the place of an earlier one.
use strict;
use warnings;
use Time::HiRes qw(sleep);

my ($folder) = @ARGV;
my ($bits, $size) = (6, 32);
my $end = time + 600;
while (time < $end) {
	sleep 0.3;
	next if system "env", "-u", "LD_PRELOAD", "grim", "-t", "ppm", "$folder/now.ppm";
	open my $file, "<:raw", "$folder/now.ppm" or die;
	local $/;
	my $pixels = <$file>;
	$pixels =~ s/^P6\s(\d+)\s(\d+)\s255\s// or die;
	my ($width, $height) = ($1, $2);
	my @squares = map { ord substr $pixels, 3 * (($height - $size / 2) * $width + $size * $_ + $size / 2), 1 } 0 .. $bits - 1;
	# Not the page, or a film that moves.
	next if grep { $_ != 0 && $_ != 255 } @squares or !$squares[-1];
	my $number = 0;
	$number |= ($squares[$_] == 255) << $_ for 0 .. $bits - 2;
	exit 0 if $number == 2 ** ($bits - 1) - 1;
	rename "$folder/now.ppm", "$folder/$number.ppm" or die;
}
die "the page did not come to its end\n";
