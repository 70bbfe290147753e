"""Models on the Hugging Face Hub: which files a repository has, and their bytes by range. The only user of huggingface_hub."""
