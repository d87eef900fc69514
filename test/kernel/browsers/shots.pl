# SPDX-License-Identifier: MIT
# shots.pl FOLDER BROWSER SCREEN: stands by while the process BROWSER shows page.html, and lets it go on from step to step, until its
# end. FOLDER/said: what the browser says. Each step adds a line to FOLDER/steps: its number, its picture, and how many pictures
# VA-API had decoded by then; with SCREEN 1, FOLDER/STEP.ppm is what the screen shows when it says this step and stands still.
use strict;
use warnings;
use Time::HiRes qw(sleep);

my ($folder, $browser, $screen) = @ARGV;
my ($bits, $size) = (6, 32);
my $patience = 3000; # seconds for a step, the browser's start among them

sub read_file {
	my ($path) = @_;
	open my $file, "<:raw", $path or die "$path: $!\n";
	local $/;
	return scalar <$file>;
}

# The number in the squares of a screenshot; -1 where there is none.
sub step_on {
	my ($pixels) = @_;
	$pixels =~ /^P6\s(\d+)\s(\d+)\s255\s/ or die "grim wrote no pixmap\n";
	my ($width, $height, $begin) = ($1, $2, $+[0]);
	my $at = $begin + 3 * (($height - $size / 2) * $width + $size / 2);
	my @squares = map { ord substr $pixels, $at + 3 * $size * $_, 1 } 0 .. $bits - 1;
	return -1 if !$squares[-1] or grep { $_ != 0 && $_ != 255 } @squares;
	my $number = 0;
	$number |= ($squares[$_] == 255) << $_ for 0 .. $bits - 2;
	return $number;
}

# Whether the screen stands still on a step, in a screenshot that is kept then.
my $before = "";
sub keep_screenshot {
	my ($step) = @_;
	my $now = "$folder/now.ppm";
	return 0 if system "env", "-u", "LD_PRELOAD", "grim", "-t", "ppm", $now;
	my $pixels = read_file($now);
	my $stands = $pixels eq $before && step_on($pixels) == $step;
	$before = $pixels;
	return $stands && rename $now, "$folder/$step.ppm";
}

sub decoded {
	my $count = 0;
	$count += () = read_file($_) =~ /=========vaEndPicture ret = VA_STATUS_SUCCESS/g for glob "$folder/calls*";
	return $count;
}

my $steps = 0;
my $since = time;
while (1) {
	sleep 0.3;
	my $said = read_file("$folder/said");
	last if $said =~ /the end/;
	$said =~ /console[^"\n]*"(error [^"\n]*)"/i and die "the page says at step $steps: $1\n";
	kill 0, $browser or die "the browser ended by itself at step $steps\n";
	if ($said =~ /step $steps picture (\d+)/) {
		my $picture = $1;
		if (!$screen || keep_screenshot($steps)) {
			open my $list, ">>", "$folder/steps" or die;
			print $list "$steps $picture ", decoded(), "\n";
			close $list;
			open my $seen, ">", "$folder/seen-$steps.js" or die;
			close $seen;
			$steps++;
			$since = time;
		}
	}
	time - $since < $patience or die "the page or its screenshot did not come to step $steps within $patience seconds\n";
}
