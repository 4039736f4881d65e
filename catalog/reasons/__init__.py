"""Why something is as it is: values, their stored form, and the sentences that people read in two languages."""
